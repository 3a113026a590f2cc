"""Prints the pods of its namespace, and then as many changes to them as its argument says."""

import sys

from componentize_py_types import Err
from wit_world import exports

from k8s_in_cluster import Added, Deleted, Error, Modified, Object, Resource


class Run(exports.Run):
    """What a host runs."""

    def run(self) -> None:
        try:
            main(*(int(argument) for argument in sys.argv[1:]))
        except Error as error:
            print(f"pods: {error}", file=sys.stderr)
            raise Err(None) from None


def main(changes: int = 0) -> None:
    pods = Resource("v1", "pods")
    with pods.list() as listing:
        for pod in listing:
            print(line(pod))
        version = listing.resource_version
    if changes == 0:
        return
    print("-- changes", flush=True)
    with pods.watch(after=version) as events:
        for event in events:
            match event:
                case Added(pod):
                    print(f"+ {line(pod)}", flush=True)
                case Modified(pod):
                    print(f"~ {line(pod)}", flush=True)
                case Deleted(pod):
                    print(f"- {line(pod)}", flush=True)
                case _:
                    continue
            changes -= 1
            if changes == 0:
                return


def line(pod: Object) -> str:
    return f"{pod['metadata']['name']:<20} {pod['status']['phase']}"
