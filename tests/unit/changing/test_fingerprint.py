"""What a pipeline declares has a fingerprint, and a worker's code has a build id."""

from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from temporalio.common import RetryPolicy

from fiberwise.changing import build
from fiberwise.changing.build import build_id
from fiberwise.changing.fingerprint import Declared, declared
from fiberwise.pipeline.anatomy import Anatomy, anatomy
from fiberwise.pipeline.policies import Approval, Hold, Round, Stream
from fiberwise.pipeline.step import Step, step
from tests.workflows.bending import TWICE, act_simply, invent, take_back
from tests.workflows.scripted import SHORT, ScriptedPipeline, Told, act

SCRIPTED = anatomy(ScriptedPipeline)
PLAIN = step(act, retry=TWICE, timeout=SHORT)
PIPELINES = {"scripted": ScriptedPipeline}


def _with(found: Step[object, object]) -> Declared:
    found.name = "first"
    return declared(replace(SCRIPTED, steps=(found,)))


@pytest.mark.parametrize(
    "changed",
    [
        step(act_simply, retry=TWICE, timeout=SHORT),
        step(act, retry=TWICE, timeout=SHORT, optional=True),
        step(act, retry=TWICE, timeout=SHORT, instead=Told(text="a value")),
        step(act, retry=TWICE, timeout=SHORT, instead=invent),
        step(act, retry=TWICE, timeout=SHORT, instead=act_simply),
        step(act, retry=TWICE, timeout=SHORT, undo=take_back),
        step(act, retry=TWICE, timeout=SHORT, hold=Hold()),
        step(act, retry=TWICE, timeout=SHORT, approval=Approval(by=("ann",))),
        step(act, retry=TWICE, timeout=SHORT, approval=Approval(by=("ann",), within=SHORT)),
        step(act, retry=TWICE, timeout=SHORT, stream=Stream((Round(act, act_simply),))),
        step(act, retry=RetryPolicy(maximum_attempts=2), timeout=SHORT),
        step(act, retry=TWICE, timeout=SHORT * 2),
        step(act, retry=TWICE, timeout=SHORT, total=SHORT),
        step(act, retry=TWICE, timeout=SHORT, heartbeat=timedelta(seconds=3)),
        step(act, retry=TWICE, timeout=SHORT, version=2),
    ],
)
def test_every_declared_policy_is_in_it(changed: Step[object, object]):
    assert _with(changed).fingerprint != _with(PLAIN).fingerprint


def test_the_order_of_the_steps_and_the_fallbacks_are_in_it():
    others: list[Anatomy] = [
        replace(SCRIPTED, steps=SCRIPTED.steps[::-1]),
        replace(SCRIPTED, fallbacks=("plain",)),
        SCRIPTED,
    ]
    assert len({declared(one).fingerprint for one in others}) == 3


def test_it_is_the_same_in_every_process():
    assert declared(SCRIPTED).fingerprint == "108e720ddb15"


def test_a_build_id_has_the_project_version_and_twelve_digits():
    project, _, found = build_id(PIPELINES).partition("+")
    assert (project, len(found)) == (version("fiberwise-pipelines"), 12)


def test_another_pipeline_or_other_code_is_another_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "mechanism.py").write_text("WAIT = 1\n")
    monkeypatch.setattr(build, "DECIDES", (tmp_path,))
    before = build_id(PIPELINES)
    assert build_id({"other": ScriptedPipeline}) != before
    (tmp_path / "mechanism.py").write_text("WAIT = 2\n")
    assert build_id(PIPELINES) != before
