"""The real program in a process of its own, with a state folder for the tests of one file."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pexpect
import psutil
import pytest

from tests.integration.cli.program import PROGRAM, ROOT, SECONDS, Fiberwise, Ran, staying

Terminal = Callable[..., Any]
Several = Callable[..., list[Ran]]
CONCLUDING = "tests.integration.cli.concluding"


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
    """Of a user who has set nothing: no terminal, no Temporal server of their own, compiled modules kept."""
    ours = ("TEMPORAL_", "FIBERWISE_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
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


@pytest.fixture(scope="module")
def several(environment: dict[str, str]) -> Several:
    """`several(("list", "--limit", "x"), ("run",))`: what each leaves, all in one process."""

    def run(*lines: Sequence[str]) -> list[Ran]:
        done = subprocess.run(
            [sys.executable, "-m", CONCLUDING],
            cwd=ROOT,
            env=environment,
            input=json.dumps(lines),
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
        )
        return [Ran(*each) for each in json.loads(done.stdout)]

    return run


@pytest.fixture(scope="module")
def dev(environment: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What `dev --json` says once it is ready: a stack that all commands of the file use, and none has to start."""
    with staying(environment, "dev") as (child, told):
        yield told
    assert child.returncode == 130


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Terminal]:
    """`terminal(*arguments)`: the program on a terminal of its own."""
    opened: list[Any] = []

    def open_terminal(*arguments: str, **variables: str) -> Any:
        child = pexpect.spawn(
            PROGRAM,
            list(arguments),
            cwd=str(ROOT),
            env=environment | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | variables,
            timeout=SECONDS,
            encoding="utf-8",
            dimensions=(50, 120),
        )
        opened.append(child)
        return child

    yield open_terminal
    for child in opened:
        child.close(force=True)
