"""An incompatible edit to workflow code does not get past replay and fingerprint; a harmless one passes."""

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from temporalio.worker import Replayer

from fiberwise.changing.fingerprint import declared
from fiberwise.pipeline.anatomy import anatomy
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import steps_of
from fiberwise.runtime.plugin import plugin
from starter.histories import read_history
from tests.integration.cli.program import ROOT
from tests.replay.fingerprints import FILE, changes, read
from tests.replay.mutations import HARMLESS, INCOMPATIBLE, MODULES, SET_ORDER, Mutation
from tests.replay.record import HISTORIES
from workflows import AVAILABLE_PIPELINES

NOTED = read(FILE.read_text())
# A process has one order of sets of texts: with four, one that matters is as it was recorded in all by 1 in 16 at most.
SEEDS = (5, 1, 6, 2)
HARM_NONE = "none breaks"
Mutate = Callable[[Mutation], type[Pipeline]]


def mutated(mutation: Mutation, folder: Path) -> str:
    """Writes the edited copy of a module into a folder; the name of that module."""
    text = (ROOT / MODULES[mutation.pipeline]).read_text()
    for old, new in mutation.edits:
        assert old in text, (
            f"the pipeline reads otherwise by now: `{mutation.name}` edits what is not there: {old}"
        )
        text = text.replace(old, new)
    name = "mutant_" + "".join(letter if letter.isalpha() else "_" for letter in mutation.name)
    (folder / f"{name}.py").write_text(text)
    return name


def pipeline_in(module: ModuleType, pipeline: str) -> type[Pipeline]:
    """The one whose steps are declared there: its name may be what was changed."""
    found = [
        one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__
    ]
    known = [one for one in found if issubclass(one, Pipeline) and steps_of(one)]
    return known[0] if len(known) == 1 else module.PIPELINES[pipeline]


@pytest.fixture
def mutate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mutate:
    """`mutate(mutation)`: the class that comes of it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(mutation: Mutation) -> type[Pipeline]:
        return pipeline_in(importlib.import_module(mutated(mutation, tmp_path)), mutation.pipeline)

    return make


async def breaks_replay(changed: type[Pipeline], pipeline: str) -> bool:
    """Whether any recorded history does not replay."""
    replayer = Replayer(workflows=[changed], plugins=[plugin(None)])
    for file in sorted((HISTORIES / pipeline).glob("*.json")):
        history = read_history(file.read_text(), file.stem)
        if (await replayer.replay_workflow(history, raise_on_replay_failure=False)).replay_failure:
            return True
    return False


def told(changed: type[Pipeline], pipeline: str) -> list[str]:
    """What the fingerprint says of it."""
    now = NOTED[pipeline].model_copy(update={"declared": declared(anatomy(changed))})
    return list(changes({pipeline: NOTED[pipeline]}, {pipeline: now}))


@pytest.mark.parametrize("mutation", INCOMPATIBLE, ids=lambda mutation: mutation.name)
async def test_an_incompatible_edit_is_caught(mutation: Mutation, mutate: Mutate):
    changed = mutate(mutation)
    caught = {
        "replay": await breaks_replay(changed, mutation.pipeline),
        "fingerprint": any(HARM_NONE not in change for change in told(changed, mutation.pipeline)),
    }
    assert {by for by, found in caught.items() if found} == mutation.by


@pytest.mark.parametrize("mutation", HARMLESS, ids=lambda mutation: mutation.name)
async def test_a_harmless_edit_breaks_no_history(mutation: Mutation, mutate: Mutate):
    changed = mutate(mutation)
    said = told(changed, mutation.pipeline)
    assert not await breaks_replay(changed, mutation.pipeline), mutation.reason
    assert [change for change in said if HARM_NONE not in change] == []
    assert bool(said) == ("fingerprint" in mutation.by)


def replayed(folder: Path, home: Path, seed: int) -> int:
    """The exit code of a replay by the program, where sets of texts have the order of this seed.

    A module of ours that the folder has too is taken from there.
    """
    files = [str(HISTORIES / pipeline / "full.json") for pipeline in AVAILABLE_PIPELINES]
    command = [sys.executable, "-m", "tests.workflows.registered", "replay", *files]
    variables = {"PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT), "FIBERWISE_HOME": str(home)}
    environment = os.environ | variables
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60).returncode


@pytest.mark.parametrize("seed", SEEDS)
def test_histories_replay_whatever_the_order_of_sets(seed: int, tmp_path: Path):
    assert replayed(ROOT, tmp_path, seed) == 0, "some step hangs on the order of a set: sort it"


def test_an_order_that_hangs_on_a_set_is_caught(tmp_path: Path):
    shutil.copytree(ROOT / "workflows", tmp_path / "workflows", ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / MODULES[SET_ORDER.pipeline]
    file.write_text((tmp_path / f"{mutated(SET_ORDER, tmp_path)}.py").read_text())
    assert any(replayed(tmp_path, tmp_path, seed) == 1 for seed in SEEDS)


def test_there_are_enough_of_them_and_each_harmless_one_has_its_reason():
    assert len(INCOMPATIBLE) >= 15
    assert all(mutation.reason for mutation in HARMLESS)
