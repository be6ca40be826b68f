"""`replay FILE`: a history is replayed under the id of its run, and told of under the name of its file."""

import json
from pathlib import Path

import pytest

from fiberwise.runtime.settings import Settings
from starter.cli.replaying import show
from tests.integration.cli.program import ROOT

FELL_BACK = ROOT / "tests" / "replay" / "histories" / "complex-multi-agent" / "fallback.json"


async def test_a_run_that_fell_back_replays_from_a_file_of_any_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "of-last-night.json"
    file.write_bytes(FELL_BACK.read_bytes())
    code = await show(Settings(), [file], "", debug=False, as_json=True)

    assert json.loads(capsys.readouterr().out) == [{"history": str(file), "ok": True, "reason": ""}]
    assert code == 0
