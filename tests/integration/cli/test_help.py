"""`--help` answers at once: it needs neither the SDK nor the registry."""

import os
import subprocess
import sys

from tests.integration.cli.conftest import Several
from tests.integration.cli.program import PROGRAM, Fiberwise

HEAVY = ("temporalio", "pydantic", "rich", "workflows", "polars", "sqlalchemy")
COMMANDS = (
    "run", "start", "list", "show", "watch", "log", "stats", "pipelines",
    "cancel", "terminate", "pause", "resume", "approve", "reject", "repair", "retry-now",
    "doctor", "replay", "record", "reconcile", "dev", "worker", "clean", "new",
)  # fmt: skip


def test_help_imports_nothing_heavy():
    script = "import sys; from starter.cli.exits import concluded; concluded(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & set(HEAVY)


def test_help_takes_little_processor_time():
    # Of the processor, not of the clock, and the best of three: the machine that runs the tests is busy.
    assert min(_processor_seconds("--help") for _ in range(3)) < 0.4


def test_help_lists_every_command(fiberwise: Fiberwise):
    for arguments in ((), ("--help",)):
        ran = fiberwise(*arguments)
        assert ran.code == 0
        assert all(f"\n  {command} " in ran.out for command in COMMANDS)


def test_every_command_takes_json(several: Several):
    assert all("--json" in ran.out for ran in several(*((command, "--help") for command in COMMANDS)))


def _processor_seconds(*arguments: str) -> float:
    before = os.times()
    subprocess.run([PROGRAM, *arguments], capture_output=True, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
