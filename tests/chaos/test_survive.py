"""The README's own proof of durability does what it says, and leaves no process."""

import subprocess

import psutil

from tests.integration.cli.program import ROOT


def test_survive_shows_the_same_execution_end_with_its_finished_steps_done_once():
    ran = subprocess.run([ROOT / "examples" / "survive.sh"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "synthesize        1  lost" in ran.stdout
    assert "each finished step done once" in ran.stdout
    home = str(ROOT / ".fiberwise" / "survive")
    assert not [
        process for process in psutil.process_iter(["cmdline"]) if home in str(process.info["cmdline"])
    ]
