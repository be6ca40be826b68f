"""The real program in a process of its own, with a state folder for the tests of one file."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.integration.cli.program import PROGRAM, ROOT, SECONDS, Fiberwise, Ran


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder. When its tests are over no process that knows it may be left."""
    folder = tmp_path_factory.mktemp("home")
    yield folder
    left = [process for process in psutil.process_iter() if str(folder) in _command(process)]
    for process in left:
        process.kill()
    assert not left, f"left behind: {left}"


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    """Of a user who has set nothing: no terminal, no Temporal server of their own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "FIBERWISE_"))
    }
    return kept | {"FIBERWISE_HOME": str(home), "FIBERWISE_PROCESSES": "1", "FIBERWISE_GRACE_SECONDS": "2"}


@pytest.fixture(scope="module")
def fiberwise(environment: dict[str, str]) -> Fiberwise:
    """`fiberwise("list", "--json")` runs it to its end in the checkout's folder."""

    def run(*arguments: str, input: str | None = None, **variables: str) -> Ran:
        done = subprocess.run(
            [PROGRAM, *arguments],
            cwd=ROOT,
            env=environment | variables,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
