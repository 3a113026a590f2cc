"""Logs of containers, line by line."""

from wit_world.imports import logs

from .errors import raising
from .stream import Stream


class Log(Stream[str]):
    """The lines of a log, without their line feeds. Leaving `with` ends it."""

    def __init__(self, log: logs.Log) -> None:
        super().__init__(log, log.blocking_lines, str)


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
    """The log of a pod, as `kubectl logs` shows it. The namespace is the caller's own if not given."""
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
