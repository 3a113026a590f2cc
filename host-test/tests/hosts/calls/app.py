"""Makes the calls of the example's package, and prints what came of each."""

from collections.abc import Callable
from typing import Any

from wit_world import exports
from wit_world.imports import access

from k8s_in_cluster import ApiError, Resource, api_resources, pod_log, raising, server_version


class Run(exports.Run):
    """What a host runs."""

    def run(self) -> None:
        main()


def refused(call: Callable[[], Any]) -> str:
    try:
        call()
    except ApiError as error:
        return f"{error.code} {error.reason}"
    raise AssertionError("it was not refused")


def config_map(name: str, value: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {"app": "shop"}},
        "data": {"k": value},
    }


def main() -> None:
    print("version", server_version().git_version[:3])
    print("resources", *(it.resource.resource for it in api_resources("cm")))

    maps = Resource("v1", "configmaps")
    first = maps.create(config_map("a", "1"), field_manager="writer")
    maps.create(config_map("b", "1"), dry_run=True)
    print("tried only", refused(lambda: maps.get("b")))
    print("created twice", refused(lambda: maps.create(config_map("a", "1"))))
    second = maps.replace({**first, "data": {"k": "2"}}, field_manager="writer")
    print("replaced", second["data"]["k"], refused(lambda: maps.replace(first)))
    applied = config_map("a", "3")
    print("applied", refused(lambda: maps.apply(applied, field_manager="other")))
    print("applied", maps.apply(applied, field_manager="other", force=True)["data"]["k"])
    print("patched", maps.patch("a", {"data": {"k": "4"}})["data"]["k"])
    patch = [{"op": "replace", "path": "/data/k", "value": "5"}]
    print("patched", maps.patch("a", patch, "json")["data"]["k"])
    maps.create({**config_map("c", "1"), "metadata": {"name": "c"}})
    print("selected", *(it["metadata"]["name"] for it in maps.list(label_selector="app=shop")))
    maps.delete("a", grace_period_seconds=0, propagation="background")
    print("deleted", refused(lambda: maps.get("a")))

    print("subresource", Resource("v1", "pods").get("web", subresource="status")["metadata"]["name"])
    lines = pod_log("web", container="app", tail_lines=4, since_seconds=60)
    print("log", *(f"<{line}>" for line in lines))
    with raising():
        print("user", access.who_am_i(None).username)
