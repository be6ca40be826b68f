"""The arrows between rooms that import-linter cannot hold: worker.py is a module, not a package it walks."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALLOWED = {"workflows", "activities", "fiberwise"}
ROOMS = ALLOWED | {"starter", "worker", "tests", "benchmarks", "deploy"}


def imported(file: Path) -> set[str]:
    """The top names of all that a file imports, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name.partition(".")[0] for name in found}


def test_the_worker_knows_pipelines_activities_and_the_sdk_alone():
    known = imported(ROOT / "worker.py") & ROOMS
    assert known == ALLOWED, (
        f"worker.py imports {known - ALLOWED}: what it needs of the client side, hand it in"
    )
