"""What the API server is, and what it serves."""

from wit_world.imports import discovery
from wit_world.imports.discovery import ResourceInfo, VersionInfo

from .errors import raising


def server_version() -> VersionInfo:
    """The API server's version: `git_version` is such as `v1.34.1`."""
    with raising():
        return discovery.server_version(None)


def api_resources(name: str | None = None, *, group: str | None = None) -> list[ResourceInfo]:
    """The resources that `kubectl api-resources` lists, or those of a name, such as `deploy`."""
    with raising():
        return discovery.resources(name, group, None, None)
