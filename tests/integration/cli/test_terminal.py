"""On a terminal: live, coloured, and gone without a trace after Ctrl-C."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.integration.cli.program import PROGRAM, ROOT, SECONDS, Fiberwise

SMALL = ["run", "complex-multi-agent", "--set", "generate.rows=40"]
COLOUR, CURSOR_UP = "\x1b[36m", "\x1b[1A"


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Any]:
    """`terminal(*arguments)`: the program on a terminal of its own."""
    opened: list[Any] = []

    def open_terminal(*arguments: str, **variables: str) -> Any:
        env = environment | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | variables
        child = pexpect.spawn(
            PROGRAM,
            list(arguments),
            cwd=str(ROOT),
            env=env,
            timeout=SECONDS,
            encoding="utf-8",
            dimensions=(50, 120),
        )
        opened.append(child)
        return child

    yield open_terminal
    for child in opened:
        child.close(force=True)


def test_a_run_is_live_and_coloured_and_ends_in_a_report(terminal: Any):
    child = terminal(*SMALL)
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    shown = child.before
    assert COLOUR in shown
    assert CURSOR_UP in shown
    assert "✓" in shown
    assert "fiberwise log" in shown


def test_no_color_is_honoured(terminal: Any):
    child = terminal("pipelines", NO_COLOR="1")
    child.expect(pexpect.EOF)
    assert "complex-multi-agent" in child.before
    assert COLOUR not in child.before


def test_ctrl_c_leaves_the_run_open_and_the_next_command_carries_it_on(
    terminal: Any, fiberwise: Fiberwise, home: Path
):
    child = terminal(*SMALL, "--fault", "extract=hang")
    child.expect("extract.*made|extract.*rows", timeout=SECONDS)
    child.sendintr()
    child.expect("stays open")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130
    assert "Traceback" not in child.before
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and str(home) in _command(pid)]
    [left] = fiberwise("list", "--status", "running", "--json").answer
    cancelled = fiberwise("cancel", left["execution_id"][:8], "--reason", "enough", "--json")
    assert (cancelled.code, cancelled.answer["outcome"]) == (0, "cancelled")
    watched = fiberwise("watch", left["execution_id"], "--json")
    assert (watched.code, watched.answer["outcome"]) == (1, "cancelled")


def _command(pid: str) -> str:
    try:
        return Path("/proc", pid, "cmdline").read_text()
    except OSError:
        return ""
