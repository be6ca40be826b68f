"""Every recorded history replays on today's code; an incompatible change does not get past them."""

import json
from base64 import b64encode
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from fiberwise.runtime.plugin import plugin
from fiberwise.runtime.settings import Settings
from starter.cli.replaying import replayer
from starter.connection import our_plugin
from starter.histories import REFERENCE, read_history, replayable, stumbled
from tests.replay.lacking import main
from tests.replay.mutants import SynthesisFirst, WithoutFallback, WithoutSynthesis, WithoutUndo
from tests.replay.record import FORMS, HISTORIES
from tests.workflows.registered import PIPELINES

FILES = sorted(HISTORIES.glob("*/*.json"))


def _history(file: Path) -> WorkflowHistory:
    return read_history(file.read_text(), file.stem)


def _replayer_of(pipeline: str) -> Replayer:
    """Of a registered pipeline that of the command line, which does not know those of the tests."""
    if pipeline in replayable():
        return replayer(Settings())
    return Replayer(workflows=[PIPELINES[pipeline]], plugins=[our_plugin(Settings())])


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
async def test_a_recorded_history_replays(file: Path):
    await _replayer_of(file.parent.name).replay_workflow(_history(file))


def test_every_pipeline_is_recorded_in_all_its_forms():
    assert main() is None


@pytest.mark.parametrize("pipeline", FORMS)
def test_every_form_is_recorded_and_nothing_else(pipeline: str):
    recorded = {file.stem for file in FILES if file.parent.name == pipeline}
    assert recorded == set(FORMS[pipeline]), "`make histories` records the missing forms from real runs"


def test_every_history_is_of_a_pipeline_that_is_recorded():
    assert {file.parent.name for file in FILES} == set(FORMS)


@pytest.mark.parametrize(
    ("changed", "history"),
    [
        (WithoutSynthesis, "complex-multi-agent/full"),
        (SynthesisFirst, "complex-multi-agent/full"),
        (WithoutFallback, "complex-multi-agent/fallback"),
        (WithoutUndo, "undone/failed"),
    ],
)
async def test_an_incompatible_change_makes_replay_fail(changed: type, history: str):
    strict = Replayer(workflows=[changed], plugins=[plugin(None)])
    with pytest.raises(Exception, match=r"[Nn]ondeterminism"):
        await strict.replay_workflow(_history(HISTORIES / f"{history}.json"))


async def test_a_history_of_an_unknown_pipeline_is_told_with_those_that_there_are():
    text = (HISTORIES / "data-digest" / "full.json").read_text().replace('"data-digest"', '"unheard-of"')
    history = read_history(text, "full")
    result = await replayer(Settings()).replay_workflow(history, raise_on_replay_failure=False)
    told = stumbled(result.replay_failure, history.events)
    assert told.startswith("there is no pipeline `unheard-of` here; there are: complex-multi-agent, ")


async def test_why_a_replay_fails_is_told_in_one_line():
    history = _history(HISTORIES / "complex-multi-agent" / "full.json")
    strict = Replayer(workflows=[SynthesisFirst], plugins=[plugin(None)])
    result = await strict.replay_workflow(history, raise_on_replay_failure=False)
    assert stumbled(result.replay_failure, history.events).endswith(
        "Activity id of scheduled event 'extract#1.1' does not match activity id of activity command 'synthesize#1.1'"
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_recorded_history_names_no_folder_of_the_machine_that_recorded_it(file: Path):
    text = file.read_text()
    assert "stackTrace" not in text
    assert str(Path.home()) + "/" not in text


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_recorded_history_holds_all_its_payloads(file: Path):
    assert b64encode(REFERENCE).decode() not in file.read_text()


def test_a_normal_run_stays_under_60_events():
    events = json.loads((HISTORIES / "complex-multi-agent" / "full.json").read_text())["events"]
    assert len(events) < 60
