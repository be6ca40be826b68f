"""`export-test`: a run becomes a test that passes as it is, and gives no secret away."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.program import ROOT, Fiberwise

pytestmark = pytest.mark.usefixtures("dev")
MAIL, SECRET = "ann.lovelace@example.org", "sk-4d8f0a7c2b1e9f63"
PREPARED = "        dataset = await self._prepare_input(request)\n"


def pytest_on(file: Path) -> subprocess.CompletedProcess[str]:
    """`pytest` on a file as if it was under tests/: with the project's own settings."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-c",
        str(ROOT / "pyproject.toml"),
        f"--rootdir={ROOT}",
        str(file),
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("data") / "orders.csv"
    rows = [f"{MAIL},{SECRET},{number}" for number in range(5)]
    file.write_text("\n".join(["mail,key,number", *rows, "bob@example.org,,7"]) + "\n")
    return file


def run(fiberwise: Fiberwise, *arguments: str) -> str:
    return fiberwise("run", "complex-multi-agent", *arguments, "--json").answer["execution_id"]


@pytest.fixture(scope="module")
def exported(fiberwise: Fiberwise, orders: Path, tmp_path_factory: pytest.TempPathFactory, dev: Any) -> Path:
    file = tmp_path_factory.mktemp("exported") / "test_orders.py"
    name = run(fiberwise, "--data", str(orders), "--fault", "extract=fail-once")
    done = fiberwise("export-test", name, str(file), "--json")
    assert (done.code, done.answer["masked"]) == (0, True), done.err
    return file


def test_the_exported_test_passes_as_it_is(exported: Path):
    done = pytest_on(exported)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "2 passed" in done.stdout


def test_the_same_value_has_the_same_mask_everywhere_and_is_nowhere_itself(exported: Path):
    text = exported.read_text()
    assert MAIL not in text
    assert SECRET not in text
    assert str(Path.home()) not in text
    masks = {part.split("›")[0] for part in text.split("‹e-mail ")[1:]}
    assert masks == {"1", "2"}
    assert text.count("‹e-mail 1›") > 2


def test_it_fails_once_the_code_does_something_else(exported: Path, tmp_path: Path):
    shutil.copytree(ROOT / "workflows", tmp_path / "workflows", ignore=shutil.ignore_patterns("__pycache__"))
    module = tmp_path / "workflows" / "complex_multi_agent.py"
    text = module.read_text()
    assert PREPARED in text, "`execute` begins otherwise by now: change it somewhere else"
    module.write_text(text.replace(PREPARED, PREPARED + "        await self._analyze_results()\n"))
    file = shutil.copy(exported, tmp_path / "test_orders.py")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-o",
        "asyncio_mode=auto",
        str(file),
    ]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert "2 failed" in done.stdout
    assert "analyze#1.1" in done.stdout


def test_a_cancelled_run_is_exported_too_which_tries_whether_the_test_passes(
    fiberwise: Fiberwise, tmp_path: Path
):
    started = fiberwise(
        "start", "complex-multi-agent", "--set", "generate.rows=40", "--fault", "extract=hang", "--json"
    )
    name = started.answer["execution_id"]
    while not any(one["step"] == "extract" for one in fiberwise("show", name, "--json").answer["pending"]):
        pass
    fiberwise("cancel", name)
    fiberwise("watch", name)
    file = tmp_path / "test_cancelled.py"
    done = fiberwise("export-test", name, str(file))
    assert (done.code, file.exists()) == (0, True), done.err


def test_what_has_not_ended_and_what_is_there_already_is_refused(
    fiberwise: Fiberwise, exported: Path, tmp_path: Path
):
    held = fiberwise(
        *("start", "complex-multi-agent", "--set", "generate.rows=40"),
        *("--hold", "--fault", "generate=fail", "--json"),
    ).answer["execution_id"]
    running = fiberwise("export-test", held, str(tmp_path / "test_held.py"), "--json")
    assert (running.code, running.error["code"]) == (2, "refused")
    assert "it is running" in running.error["message"]
    fiberwise("terminate", held)
    ended = fiberwise("export-test", held, str(tmp_path / "test_held.py"), "--json")
    assert "it is terminated" in ended.error["message"]

    done = run(fiberwise, "--set", "generate.rows=40")
    again = fiberwise("export-test", done, str(exported), "--json")
    assert (again.code, "is there already" in again.error["message"]) == (2, True)
