"""Changes to objects, as they happen."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from wit_world.imports import watch

from .errors import raising

# As many events as are taken from the component at a time.
_BATCH = 100


@dataclass(frozen=True)
class Added:
    """An object is there that was not, or that was there when the watch began."""

    object: dict[str, Any]


@dataclass(frozen=True)
class Modified:
    """An object changed: this is how it is now."""

    object: dict[str, Any]


@dataclass(frozen=True)
class Deleted:
    """An object is gone: this is how it was last."""

    object: dict[str, Any]


@dataclass(frozen=True)
class Synced:
    """All that is there was told. From here on come changes."""

    resource_version: str


@dataclass(frozen=True)
class Bookmark:
    """Nothing else has happened up to this version."""

    resource_version: str


@dataclass(frozen=True)
class Restarted:
    """What is there follows anew, up to the next `Synced`. What is not told again is gone."""


Event = Added | Modified | Deleted | Synced | Bookmark | Restarted


class Watch(Iterator[Event]):
    """What happens, for as long as it is asked for. Connections that end are replaced.

    An exception does not end it: to go on is to ask for the next event. Leaving `with` ends it.
    """

    def __init__(self, watcher: watch.Watcher) -> None:
        self._watcher = watcher
        self._here: Iterator[watch.Event] = iter(())

    def __next__(self) -> Event:
        while True:
            for event in self._here:
                return _event(event)
            with raising():
                self._here = iter(self._watcher.blocking_next(_BATCH))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._watcher.__exit__(kind, error, traceback)


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
