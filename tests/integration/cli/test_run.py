"""`run` where no stack is up: it brings its own, and what it leaves open the next command carries on."""

import re
from pathlib import Path

import pexpect
import psutil

from tests.integration.cli.conftest import Terminal
from tests.integration.cli.program import Fiberwise

SMALL = ("run", "complex-multi-agent", "--set", "generate.rows=40")


def test_a_killed_run_is_carried_on_by_the_next_command(fiberwise: Fiberwise):
    killed = fiberwise(*SMALL, "--fault", "extract=kill-worker")
    assert killed.code == -9
    [left] = fiberwise("list", "--status", "running", "--json").answer
    watched = fiberwise("watch", left["execution_id"], "--json")
    assert watched.code == 0
    log = watched.answer["execution_log"]
    assert [entry["status"] for entry in log if entry["step"] == "generate"] == ["completed"]
    assert [entry["status"] for entry in log if entry["step"] == "extract"] == ["lost", "completed"]


def test_ctrl_c_leaves_the_run_open_and_the_next_command_carries_it_on(
    terminal: Terminal, fiberwise: Fiberwise, home: Path
):
    child = terminal(*SMALL, "--fault", "extract=hang")
    child.expect(r"extract[^\r\n]* s · ")
    child.sendintr()
    child.expect(r"interrupted: (\S+) stays open")
    workflow_id = _plain(child.match.group(1))
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130
    assert "Traceback" not in child.before
    assert not [process for process in psutil.process_iter(["cmdline"]) if _knows(process, home)]
    cancelled = fiberwise("cancel", workflow_id, "--reason", "enough", "--json")
    assert (cancelled.code, cancelled.answer["outcome"]) == (0, "cancelled")


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _knows(process: psutil.Process, home: Path) -> bool:
    return str(home) in " ".join(process.info["cmdline"] or ())
