"""Objects of a resource: read, written, listed and watched."""

import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Literal

from wit_world.imports import objects, types, watch

from .errors import raising
from .listing import Listing, Object
from .watching import Watch


class Scope(Enum):
    """Where objects are, other than in a namespace that is named."""

    OWN_NAMESPACE = auto()
    """In the pod's own namespace."""
    ALL_NAMESPACES = auto()
    """In any: for lists and watches alone."""
    CLUSTER = auto()
    """In none, as nodes are."""


_PATCHES: Final = {
    "json": objects.PatchKind.JSON,
    "merge": objects.PatchKind.MERGE,
    "strategic": objects.PatchKind.STRATEGIC_MERGE,
}

_PROPAGATIONS: Final = {
    "orphan": objects.PropagationPolicy.ORPHAN,
    "background": objects.PropagationPolicy.BACKGROUND,
    "foreground": objects.PropagationPolicy.FOREGROUND,
}


@dataclass(frozen=True)
class Resource:
    """A resource, built in or custom: `Resource("apps/v1", "deployments", "shop")`.

    The namespace is the pod's own if none is given. A call waits for its answer, for `timeout`
    seconds at most, and raises an `Error` if it fails. A `subresource` is `status` or `scale`, for
    example:

        deployments.patch("web", {"spec": {"replicas": 3}}, subresource="scale")

    With `dry_run` the server checks all, and keeps nothing.
    """

    api_version: str
    plural: str
    namespace: str | Scope = Scope.OWN_NAMESPACE

    def list(
        self,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
        page_size: int | None = None,
        timeout: float | None = None,
    ) -> Listing:
        """The objects, read page by page as they are iterated over."""
        options = objects.ListOptions(
            selection=objects.Selection(label_selector, field_selector),
            representation=objects.Representation.FULL,
            page_size=page_size,
            continue_token=None,
            single_page=False,
            fetch_ahead=False,
            compress=False,
            resource_version=None,
            resource_version_match=None,
            allow_inconsistent=False,
            limits=_limits(timeout),
        )
        with raising():
            return Listing(objects.list(self._resource, self._scope, options))

    def watch(
        self,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
        after: str | None = None,
        patience: float | None = None,
    ) -> Watch:
        """What is there and then each change, or each change `after` a resource version.

        Without `after` it begins with an `Added` for each object that is there, and `Synced`.
        Failures that pass by themselves are raised if they last longer than `patience` seconds, and
        never if that is not given.
        """
        options = watch.WatchOptions(
            label_selector=label_selector,
            field_selector=field_selector,
            metadata_only=False,
            after_resource_version=after,
            idle_limit=None,
            patience=_nanoseconds(patience),
        )
        with raising():
            return Watch(watch.start(self._resource, self._scope, options))

    def get(
        self, name: str, *, subresource: str | None = None, timeout: float | None = None
    ) -> Object:
        """The object of this name."""
        options = objects.GetOptions(objects.Representation.FULL, None, _limits(timeout))
        with raising():
            return _object(objects.get(self._target(name, subresource), options))

    def create(
        self,
        object: Object,
        *,
        field_manager: str | None = None,
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> Object:
        """Creates an object: `AlreadyExists` if its name is taken."""
        options = _write_options(timeout, field_manager, dry_run)
        with raising():
            return _object(objects.create(self._resource, self._scope, json.dumps(object), options))

    def replace(
        self,
        object: Object,
        *,
        subresource: str | None = None,
        field_manager: str | None = None,
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> Object:
        """Replaces the object of the same name: `Conflict` if it was changed since it was read."""
        target = self._target(object["metadata"]["name"], subresource)
        options = _write_options(timeout, field_manager, dry_run)
        with raising():
            return _object(objects.replace(target, json.dumps(object), options))

    def apply(
        self,
        object: Object,
        *,
        field_manager: str,
        force: bool = False,
        subresource: str | None = None,
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> Object:
        """Server-side apply: creates the object, or sets the fields that are given.

        `Conflict` if another `field_manager` owns them, unless `force` takes them over.
        """
        target = self._target(object["metadata"]["name"], subresource)
        options = _write_options(timeout, field_manager, dry_run, force)
        with raising():
            kind = objects.PatchKind.APPLY
            return _object(objects.patch(target, kind, json.dumps(object), options))

    def patch(
        self,
        name: str,
        patch: Any,
        kind: Literal["json", "merge", "strategic"] = "merge",
        *,
        subresource: str | None = None,
        field_manager: str | None = None,
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> Object:
        """Changes the object of this name by a patch of this kind."""
        target = self._target(name, subresource)
        options = _write_options(timeout, field_manager, dry_run)
        with raising():
            return _object(objects.patch(target, _PATCHES[kind], json.dumps(patch), options))

    def delete(
        self,
        name: str,
        *,
        grace_period_seconds: int | None = None,
        propagation: Literal["orphan", "background", "foreground"] | None = None,
        dry_run: bool = False,
        timeout: float | None = None,
    ) -> Object:
        """Deletes the object of this name: gives the object while it is still ending, else a `Status`."""
        options = objects.DeleteOptions(
            dry_run=dry_run,
            grace_period_seconds=grace_period_seconds,
            propagation_policy=None if propagation is None else _PROPAGATIONS[propagation],
            precondition_uid=None,
            precondition_resource_version=None,
            limits=_limits(timeout),
        )
        with raising():
            return _object(objects.delete(self._target(name), options))

    @property
    def _resource(self) -> types.ApiResource:
        group, _, version = self.api_version.rpartition("/")
        return types.ApiResource(group, version, self.plural)

    @property
    def _scope(self) -> types.Scope:
        match self.namespace:
            case Scope.OWN_NAMESPACE:
                return types.Scope_OwnNamespace()
            case Scope.ALL_NAMESPACES:
                return types.Scope_AllNamespaces()
            case Scope.CLUSTER:
                return types.Scope_Cluster()
            case name:
                return types.Scope_Namespace(name)

    def _target(self, name: str, subresource: str | None = None) -> objects.Target:
        return objects.Target(self._resource, self._scope, name, subresource)


def _object(answer: objects.Answer) -> Object:
    found: Object = json.loads(answer.object)
    return found


def _write_options(
    timeout: float | None, field_manager: str | None, dry_run: bool, force: bool = False
) -> objects.WriteOptions:
    return objects.WriteOptions(
        dry_run=dry_run,
        field_manager=field_manager,
        field_validation=None,
        force=force,
        representation=objects.Representation.FULL,
        limits=_limits(timeout),
    )


def _limits(timeout: float | None) -> types.Limits | None:
    if timeout is None:
        return None
    return types.Limits(_nanoseconds(timeout), None, None, None, None, None)


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e9)
