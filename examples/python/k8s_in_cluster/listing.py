"""Lists of any length, of which only a few items are in memory at a time."""

import json
from typing import Any

from wit_world.imports import objects

from .stream import Stream

Object = dict[str, Any]
"""An object of the API, as JSON has it."""


class Listing(Stream[Object]):
    """The objects of a list, as they come. Leaving `with` before its end cancels the rest."""

    def __init__(self, listing: objects.Listing) -> None:
        super().__init__(listing, listing.blocking_next, json.loads)
        self._listing = listing
        self._metadata: objects.ListMetadata | None = None

    @property
    def metadata(self) -> objects.ListMetadata:
        """What the list says of itself, as far as it was read."""
        return self._metadata or self._listing.metadata()

    @property
    def resource_version(self) -> str | None:
        """The version of the list as a whole, to watch from."""
        return self.metadata.resource_version

    def close(self) -> None:
        """Cancels the rest. What the list said of itself is kept."""
        self._metadata = self.metadata
        super().close()
