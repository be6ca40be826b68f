"""The build id of a worker: Temporal writes it into every history, so that each tells which code made it."""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from fiberwise.changing.fingerprint import DIGITS, declared
from fiberwise.pipeline.anatomy import anatomy
from fiberwise.pipeline.pipeline import Pipeline

ROOM = Path(__file__).parents[1]
# What decides, beside the pipelines themselves, which commands a run gives and whether a history decodes.
DECIDES = (
    ROOM / "contracts",
    ROOM / "pipeline",
    ROOM / "orchestration",
    ROOM / "runtime" / "workflow_interceptor.py",
)


def build_id(pipelines: Mapping[str, type[Pipeline]]) -> str:
    """`<project version>+<fingerprint>`: two builds with the same one give the same commands.

    The fingerprint is of what the pipelines declare and of all code that workflows run; a mere comment changes it too.
    """
    found = hashlib.sha256()
    for name in sorted(pipelines):
        found.update(f"{name} {declared(anatomy(pipelines[name])).fingerprint}\n".encode())
    for file in _files((*_folders(pipelines.values()), *DECIDES)):
        found.update(f"{file.name}\n".encode() + file.read_bytes())
    return f"{version('fiberwise-pipelines')}+{found.hexdigest()[:DIGITS]}"


def _folders(pipelines: Iterable[type[Pipeline]]) -> list[Path]:
    """Where the pipelines' modules are: one may use what stands beside it."""
    return sorted({Path(str(sys.modules[one.__module__].__file__)).parent for one in pipelines})


def _files(parts: Iterable[Path]) -> Iterator[Path]:
    for part in parts:
        yield from sorted(part.rglob("*.py")) if part.is_dir() else (part,)
