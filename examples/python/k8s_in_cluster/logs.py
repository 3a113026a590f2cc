"""Logs of containers, line by line."""

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from wit_world.imports import logs

from .errors import raising

# As many lines as are taken from the component at a time.
_BATCH = 100


class Log(Iterator[str]):
    """The lines of a log, without their line feeds. Leaving `with` ends it."""

    def __init__(self, log: logs.Log) -> None:
        self._log = log
        self._here: Iterator[str] = iter(())

    def __next__(self) -> str:
        for line in self._here:
            return line
        with raising():
            lines = self._log.blocking_lines(_BATCH)
        if lines is None:
            raise StopIteration
        self._here = iter(lines)
        return next(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._log.__exit__(kind, error, traceback)


def pod_log(
    pod: str,
    *,
    namespace: str | None = None,
    container: str | None = None,
    tail_lines: int | None = None,
    since_seconds: int | None = None,
    previous: bool = False,
    timestamps: bool = False,
    follow: bool = False,
) -> Log:
    """The log of a pod, as `kubectl logs` has it: of the pod's own namespace if none is given."""
    options = logs.LogOptions(
        container=container,
        previous=previous,
        since=None if since_seconds is None else logs.Since_Seconds(since_seconds),
        tail_lines=tail_lines,
        timestamps=timestamps,
        limit_bytes=None,
        follow=follow,
        limits=None,
    )
    with raising():
        return Log(logs.open(namespace, pod, options))
