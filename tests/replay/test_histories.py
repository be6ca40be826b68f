"""Every recorded history replays on today's code; an incompatible change does not get past them."""

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from fiberwise.runtime.plugin import plugin
from fiberwise.runtime.settings import Settings
from starter.cli.replaying import replayer
from tests.replay.mutants import SynthesisFirst, WithoutSynthesis
from workflows import AVAILABLE_PIPELINES

HISTORIES = Path(__file__).with_name("histories")
FILES = sorted(HISTORIES.glob("*/*.json"))
FORMS = {"full", "retried", "failed", "cancelled", "worker-killed"}


def _history(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(file.stem, file.read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
async def test_a_recorded_history_replays(file: Path):
    await replayer(Settings()).replay_workflow(_history(file))


@pytest.mark.parametrize("pipeline", AVAILABLE_PIPELINES)
def test_every_pipeline_is_recorded_in_every_form(pipeline: str):
    recorded = {file.stem for file in FILES if file.parent.name == pipeline}
    assert recorded >= FORMS, "`make histories` records the missing forms from real runs"


@pytest.mark.parametrize("changed", [WithoutSynthesis, SynthesisFirst])
async def test_an_incompatible_change_makes_replay_fail(changed: type):
    strict = Replayer(workflows=[changed], plugins=[plugin(None)])
    with pytest.raises(Exception, match=r"[Nn]ondeterminism"):
        await strict.replay_workflow(_history(HISTORIES / "complex-multi-agent" / "full.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_recorded_history_names_no_folder_of_the_machine_that_recorded_it(file: Path):
    text = file.read_text()
    assert "stackTrace" not in text
    assert str(Path.home()) + "/" not in text


def test_a_normal_run_stays_under_60_events():
    events = json.loads((HISTORIES / "complex-multi-agent" / "full.json").read_text())["events"]
    assert len(events) < 60
