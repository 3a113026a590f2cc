"""The Kubernetes API for a Python application in a component.

    from k8s_in_cluster import Resource

    pods = Resource("v1", "pods")
    for pod in pods.list():
        print(pod["metadata"]["name"])

The requests are sent by the component `k8s-in-cluster`, which finds the API server and has the
pod's credentials. This package makes its interfaces Python's: objects are dicts, lists and
watches are iterators, and what goes wrong is an exception.
"""

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
)
from .listing import Listing
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
    "Modified",
    "NotInCluster",
    "Object",
    "ProtocolError",
    "Resource",
    "Restarted",
    "Scope",
    "Synced",
    "Watch",
]
