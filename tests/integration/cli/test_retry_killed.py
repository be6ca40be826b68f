"""A retried run whose worker is shot in the middle goes on with what it took over."""

import signal
from subprocess import DEVNULL, PIPE, Popen

import pytest

from tests.integration.cli.program import PROGRAM, ROOT, Fiberwise

BIG = ("run", "complex-multi-agent", "--set", "generate.rows=100000", "--json")


@pytest.fixture
def shot(fiberwise: Fiberwise, environment: dict[str, str]) -> str:
    """The id of an execution that was carried on without the stack of anybody else, and shot during `extract`."""
    old = fiberwise(*BIG, "--fault", "extract=fail").answer["execution_id"]
    with Popen(
        [PROGRAM, "retry", old], cwd=ROOT, env=environment, stdout=DEVNULL, stderr=PIPE, text=True
    ) as child:
        assert child.stderr
        assert any(line.startswith("extract: running") for line in child.stderr)
        child.kill()
    assert child.returncode == -signal.SIGKILL
    return old


def test_the_next_command_carries_it_on(fiberwise: Fiberwise, shot: str):
    ran = fiberwise("retry", shot, "--json")

    assert (ran.code, ran.answer["outcome"]) == (0, "full")
    assert "it is carried on already" in ran.err
    log = [(entry["step"], entry["status"]) for entry in ran.answer["execution_log"]]
    assert log[:4] == [
        ("generate", "cached"),
        ("transform", "cached"),
        ("extract", "lost"),
        ("extract", "completed"),
    ]
