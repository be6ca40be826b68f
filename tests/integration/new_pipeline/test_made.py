"""`fiberwise new`, and all that docs/first-pipeline.md says after it, in a copy of the checkout."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from starter.new_pipeline.making import LEFT
from tests.integration.cli.program import ROOT

PAGE = (ROOT / "docs" / "first-pipeline.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [line.split("#")[0].strip() for block in BLOCKS for line in block.splitlines()]
NEW, REST = COMMANDS[0], COMMANDS[1:]
BIN = Path(sys.executable).parent
MODULES = (
    "workflows/cold_days.py",
    "fiberwise/contracts/cold_days.py",
    "activities/functions/measure_cold_days.py",
)
TESTS = ("tests/workflows/test_cold_days.py", "tests/unit/activities/functions/test_measure_cold_days.py")
HELD = (
    "tests/replay/test_histories.py",
    "tests/replay/test_fingerprints.py",
    "tests/unit/test_pages.py",
    "tests/unit/bodies",
    "tests/unit/benchmarks",
    "tests/unit/pipeline/test_anatomy.py",
    "tests/unit/runtime/test_sandbox.py",
    "tests/unit/starter/test_executions.py",
)

Typed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy") / "checkout"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT))
    (folder / ".venv").symlink_to(BIN.parent)
    return folder


@pytest.fixture(scope="module")
def environment(checkout: Path) -> dict[str, str]:
    foreign = ("TEMPORAL_", "FIBERWISE_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    path = f"{BIN}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {"PYTHONPATH": str(checkout), "PATH": path, "FIBERWISE_GRACE_SECONDS": "2"}


@pytest.fixture(scope="module")
def typed(checkout: Path, environment: dict[str, str]) -> Typed:
    """What a person types there, run to its end."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=checkout, env=environment, capture_output=True, text=True, timeout=600, check=False
        )

    return run


@pytest.fixture(scope="module")
def made(typed: Typed) -> None:
    done = typed(*shlex.split(NEW))
    assert done.returncode == 0, done.stderr
    assert "cold-days is there, and works" in done.stdout


@pytest.mark.timeout(900)  # six real runs, one of which waits for a worker that was killed to be missed
@pytest.mark.usefixtures("made")
def test_what_it_wrote_is_as_the_house_writes(typed: Typed):
    for command in (
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("basedpyright", "--pythonpath", sys.executable),
    ):
        files = MODULES if command[0] == "basedpyright" else (*MODULES, *TESTS)
        done = typed(*command, *files)
        assert done.returncode == 0, done.stdout


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("made")
def test_it_passes_what_all_pipelines_have_to(typed: Typed):
    done = typed("pytest", "-q", "-n", "0", *HELD)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("made")
def test_it_is_not_made_twice(typed: Typed):
    done = typed("fiberwise", "new", "cold-days", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is there already" in done.stderr


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("made")
def test_every_command_of_the_page_works_in_turn(typed: Typed):
    for command in REST:
        words = shlex.split(command.replace(" ID", f" {_newest(typed)}"))
        done = typed(*words)
        wanted = -signal.SIGKILL if "=kill-worker" in command else 0
        assert done.returncode == wanted, f"{command}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"


def _newest(typed: Typed) -> str:
    lines = typed("fiberwise", "list").stdout.splitlines()
    return lines[1].split()[0] if len(lines) > 1 else ""
