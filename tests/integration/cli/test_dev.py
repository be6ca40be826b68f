"""A stack that stays: started by `dev`, used by all other commands, gone with it."""

import json
import signal
from collections.abc import Iterator
from subprocess import PIPE, Popen
from typing import Any

import pytest

from tests.integration.cli.program import PROGRAM, ROOT, Fiberwise

SMALL = ("complex-multi-agent", "--set", "generate.rows=40")


@pytest.fixture(scope="module")
def dev(environment: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What `dev --json` says once it is ready. SIGTERM ends it with exit 130, its log quiet."""
    with Popen(
        [PROGRAM, "dev", "--json"], cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE, text=True
    ) as child:
        assert child.stdout
        assert child.stderr
        told = ""
        while not told.endswith("}\n"):
            told += child.stdout.readline()
        yield json.loads(told)
        child.send_signal(signal.SIGTERM)
        err = child.stderr.read()
        assert child.wait(30) == 130
        assert "Traceback" not in err


def test_start_returns_at_once_and_watch_follows_to_the_end(dev: dict[str, Any], fiberwise: Fiberwise):
    started = fiberwise("start", *SMALL, "--json").answer
    assert started["links"]["temporal_ui"].startswith(dev["ui"])
    watched = fiberwise("watch", started["execution_id"], "--json")
    assert (watched.code, watched.answer["outcome"]) == (0, "full")


def test_a_hanging_run_is_shown_and_cancelled(dev: dict[str, Any], fiberwise: Fiberwise):
    started = fiberwise("start", *SMALL, "--fault", "extract=hang", "--json").answer
    seen = fiberwise("show", started["execution_id"], "--json").answer
    assert (seen["status"], seen["phase"], seen["answer"]) == ("running", "running", None)
    assert (
        fiberwise("list", "--phase", "running", "--json").answer[0]["execution_id"] == started["execution_id"]
    )
    assert fiberwise("log", started["execution_id"], "--json").code == 0
    assert fiberwise("cancel", started["execution_id"], "--json").answer["outcome"] == "cancelled"


def test_a_run_on_the_running_stack_leaves_it_up(dev: dict[str, Any], fiberwise: Fiberwise):
    assert fiberwise("run", *SMALL, "--json").answer["links"]["temporal_ui"].startswith(dev["ui"])
    assert fiberwise("list", "--json").code == 0


def test_a_worker_ends_with_0_on_sigterm(dev: dict[str, Any], environment: dict[str, str]):
    with Popen([PROGRAM, "worker"], cwd=ROOT, env=environment, stdout=PIPE, text=True) as worker:
        assert worker.stdout
        assert dev["address"] in worker.stdout.readline()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
