"""Changes to objects, as they happen."""

import json
from dataclasses import dataclass

from wit_world.imports import watch

from .listing import Object
from .stream import Stream


@dataclass(frozen=True)
class Added:
    """An object is there that was not, or that was there when the watch began."""

    object: Object


@dataclass(frozen=True)
class Modified:
    """An object changed: this is how it is now."""

    object: Object


@dataclass(frozen=True)
class Deleted:
    """An object is gone: this is how it was last."""

    object: Object


@dataclass(frozen=True)
class Synced:
    """All that is there has come. From here on come changes."""

    resource_version: str


@dataclass(frozen=True)
class Bookmark:
    """Nothing else has happened up to this version."""

    resource_version: str


@dataclass(frozen=True)
class Restarted:
    """All that is there comes again, up to the next `Synced`. What does not come again is gone."""


Event = Added | Modified | Deleted | Synced | Bookmark | Restarted


class Watch(Stream[Event]):
    """The events, for as long as they are asked for. Connections that end are replaced.

    An exception does not end it: ask for the next event to go on. Leaving `with` ends it.
    """

    def __init__(self, watcher: watch.Watcher) -> None:
        super().__init__(watcher, watcher.blocking_next, _event)


def _event(event: watch.Event) -> Event:
    match event:
        case watch.Event_Added(text):
            return Added(json.loads(text))
        case watch.Event_Modified(text):
            return Modified(json.loads(text))
        case watch.Event_Deleted(text):
            return Deleted(json.loads(text))
        case watch.Event_Synced(version):
            return Synced(version)
        case watch.Event_Bookmark(version):
            return Bookmark(version)
        case watch.Event_Restarted():
            return Restarted()
