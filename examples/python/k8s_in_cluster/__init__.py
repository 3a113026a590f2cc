"""The Kubernetes API for a Python application in a component.

    from k8s_in_cluster import Resource

    pods = Resource("v1", "pods")
    for pod in pods.list():
        print(pod["metadata"]["name"])

The requests are sent by the component `k8s-in-cluster`, which finds the API server and has the
pod's credentials. This package makes its interfaces Python's: objects are dicts, lists and
watches are iterators, and what goes wrong is an exception.

`wit_world.imports` has what is not here; `raising` makes its errors the exceptions of this package:

    with raising():
        allowed = access.may_i(action, None)
"""

from .discovery import api_resources, server_version
from .errors import (
    ApiError,
    ConnectionFailed,
    CredentialsError,
    DeadlineExceeded,
    Denied,
    Error,
    InvalidRequest,
    NotInCluster,
    ProtocolError,
    raising,
)
from .listing import Listing
from .logs import Log, pod_log
from .resource import Object, Resource, Scope
from .watching import Added, Bookmark, Deleted, Event, Modified, Restarted, Synced, Watch

__all__ = [
    "Added",
    "ApiError",
    "Bookmark",
    "ConnectionFailed",
    "CredentialsError",
    "DeadlineExceeded",
    "Deleted",
    "Denied",
    "Error",
    "Event",
    "InvalidRequest",
    "Listing",
    "Log",
    "Modified",
    "NotInCluster",
    "Object",
    "ProtocolError",
    "Resource",
    "Restarted",
    "Scope",
    "Synced",
    "Watch",
    "api_resources",
    "pod_log",
    "raising",
    "server_version",
]
