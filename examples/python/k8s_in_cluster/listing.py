"""Lists of any length, in memory for a few items."""

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from wit_world.imports import objects

from .errors import raising

# As many items as are taken from the component at a time.
_BATCH = 100


class Listing(Iterator[dict[str, Any]]):
    """The objects of a list, as they come. Leaving `with` before its end cancels the rest."""

    def __init__(self, listing: objects.Listing) -> None:
        self._listing = listing
        self._here: Iterator[str] = iter(())

    def __next__(self) -> dict[str, Any]:
        for text in self._here:
            item: dict[str, Any] = json.loads(text)
            return item
        with raising():
            batch = self._listing.blocking_next(_BATCH)
        if batch is None:
            raise StopIteration
        self._here = iter(batch)
        return next(self)

    @property
    def metadata(self) -> objects.ListMetadata:
        """What the list says of itself, as far as it was read."""
        return self._listing.metadata()

    @property
    def resource_version(self) -> str | None:
        """The version of the list as a whole, to watch from."""
        return self.metadata.resource_version

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listing.__exit__(kind, error, traceback)
