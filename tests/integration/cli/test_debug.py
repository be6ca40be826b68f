"""`replay FILE --debug`: a person stands still within a run that is long over, as docs/debugging.md tells."""

import shutil
import time
from pathlib import Path

import pexpect
import pytest

from tests.integration.cli.conftest import Terminal
from tests.integration.cli.program import ROOT

HISTORY = "tests/replay/histories/complex-multi-agent/full.json"
PREPARED = "        dataset = await self._prepare_input(request)\n"
DEADLOCK_SECONDS = 2  # after which the SDK takes a workflow that stands still for stuck


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The folder of a copy of `workflows` whose pipeline stops once its data set is there."""
    shutil.copytree(ROOT / "workflows", tmp_path / "workflows", ignore=shutil.ignore_patterns("__pycache__"))
    module = tmp_path / "workflows" / "complex_multi_agent.py"
    text = module.read_text()
    assert PREPARED in text, "`execute` begins otherwise by now: stop it somewhere else"
    module.write_text(text.replace(PREPARED, PREPARED + "        breakpoint()\n"))
    return tmp_path


def test_a_breakpoint_in_a_pipeline_stops_a_replay_with_the_values_of_that_run(
    terminal: Terminal, edited: Path
):
    child = terminal("replay", HISTORY, "--debug", PYTHONPATH=str(edited))
    child.expect_exact("(Pdb)")
    child.sendline("p dataset.rows, dataset.columns")
    child.expect_exact("(344, 8)")
    time.sleep(DEADLOCK_SECONDS + 0.5)
    child.sendline("continue")
    child.expect_exact("1 replayed, 0 failed")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
