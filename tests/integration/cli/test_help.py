"""`--help` answers at once: it needs neither the SDK nor the registry."""

import os
import subprocess
import sys

from tests.integration.cli.program import PROGRAM, Fiberwise

HEAVY = ("temporalio", "pydantic", "rich", "workflows", "polars", "sqlalchemy")
COMMANDS = (
    "run", "start", "list", "show", "watch", "log", "stats", "pipelines",
    "doctor", "replay", "record", "cancel", "dev", "worker",
)  # fmt: skip


def test_help_imports_nothing_heavy():
    script = "import sys; from starter.cli.exits import concluded; concluded(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not loaded & set(HEAVY)


def test_help_takes_little_processor_time():
    before = os.times()
    subprocess.run([PROGRAM, "--help"], capture_output=True, check=True)
    after = os.times()
    # Of the processor, not of the clock: the machine that runs the tests is busy. The aim is 0.4 s on the clock.
    assert after.children_user + after.children_system - before.children_user - before.children_system < 0.4


def test_help_lists_every_command(fiberwise: Fiberwise):
    for arguments in ((), ("--help",)):
        ran = fiberwise(*arguments)
        assert ran.code == 0
        assert all(f"\n  {command} " in ran.out for command in COMMANDS)


def test_every_command_takes_json(fiberwise: Fiberwise):
    assert all("--json" in fiberwise(command, "--help").out for command in COMMANDS)
