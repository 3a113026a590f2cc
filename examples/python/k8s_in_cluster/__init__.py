"""The Kubernetes API for a Python application in a component.

    from k8s_in_cluster import Resource

    pods = Resource("v1", "pods")
    for pod in pods.list():
        print(pod["metadata"]["name"])

The component `k8s-in-cluster` sends the requests: it finds the API server and holds the pod's
credentials. This package gives its interfaces the forms of Python: objects are dicts, lists, watches
and logs are iterators, and failures are exceptions.

What is not here is in `wit_world.imports`. `raising` turns its errors into the exceptions of this
package:

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
from .listing import Listing, Object
from .logs import Log, pod_log
from .resource import Resource, Scope
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
