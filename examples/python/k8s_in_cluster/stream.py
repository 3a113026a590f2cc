"""What comes from the component over time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Self, TypeVar

from .errors import raising

T = TypeVar("T")

# The most parts that are taken from the component at a time.
_BATCH = 100


class Stream(Iterator[T]):
    """What comes, part by part. Leaving `with` ends it, and so does `close`."""

    def __init__(
        self,
        source: AbstractContextManager[Any],
        take: Callable[[int], list[Any] | None],
        parse: Callable[[Any], T],
    ) -> None:
        self._take = take
        self._parse = parse
        self._batch: Iterator[T] = iter(())
        self._open = ExitStack()
        self._open.push(source)

    def __next__(self) -> T:
        while True:
            for part in self._batch:
                return part
            with raising():
                batch = self._take(_BATCH)
            if batch is None:
                raise StopIteration
            self._batch = map(self._parse, batch)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends it, and cancels what has not come yet."""
        self._batch = iter(())
        self._take = lambda _: None
        self._open.close()
