"""What the bodies of cached steps were when their versions were declared; run as a program, it notes that of today."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from fiberwise.pipeline.anatomy import check_registry
from tests.unit.bodies.source import body_of
from workflows import AVAILABLE_PIPELINES

FILE = Path(__file__).with_name("bodies.json")
NOTE = ".venv/bin/python -m tests.unit.bodies.recorded"


class Body(TypedDict):
    """The declared version of a step, and the hash of each module that its body runs."""

    version: int
    modules: dict[str, str]


def recorded() -> dict[str, Body]:
    """By the name of the activity."""
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def declared() -> dict[str, Body]:
    """The same as the code is now. Raises TypeError where two pipelines declare an activity in different versions."""
    found: dict[str, Body] = {}
    for pipeline in check_registry(AVAILABLE_PIPELINES).values():
        for step in (step for step in pipeline.steps if step.cache):
            body = Body(version=step.version, modules=body_of(step.function))
            if found.setdefault(step.activity, body) != body:
                raise TypeError(f"{step.activity} is declared in another version by {pipeline.name}")
    return found


def changed(then: Body, now: Body) -> list[str]:
    """The modules that are not as they were."""
    names = then["modules"].keys() | now["modules"].keys()
    return sorted(name for name in names if then["modules"].get(name) != now["modules"].get(name))


def undeclared(then: Mapping[str, Body], now: Mapping[str, Body]) -> dict[str, list[str]]:
    """Activity -> its changed modules, where the version is still the same."""
    same = {
        name: then[name] for name in now if name in then and then[name]["version"] == now[name]["version"]
    }
    found = {name: changed(body, now[name]) for name, body in same.items()}
    return {name: modules for name, modules in found.items() if modules}


def main(same_results: list[str]) -> str | None:
    """Notes today's bodies; a changed one of an old version only if it is named as giving the same results."""
    now = declared()
    refused = undeclared(recorded(), now).keys() - set(same_results)
    if refused:
        return f"raise the version of {', '.join(sorted(refused))}, or name each that gives the same results"
    FILE.write_text(json.dumps(now, indent=2, sort_keys=True) + "\n")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
