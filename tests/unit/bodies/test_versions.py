"""A cached step whose body changes declares another version, or old results would be taken for those of new code."""

import pytest

from activities.agents.data_processor import DataProcessorAgent
from tests.unit.bodies.recorded import NOTE, Body, declared, recorded, undeclared
from tests.unit.bodies.source import body_of

NOW = declared()
ADVICE = """
The code of the cached step {name} has changed: {modules}
Results of the old code are still in step caches, and would be taken for results of the new.
- If some input now gives another result: raise `version` where the step is declared (workflows/), then {note}
- If no input does: {note} {name}"""


@pytest.mark.parametrize("name", NOW)
def test_a_cached_step_whose_body_changed_has_another_version(name: str):
    modules = undeclared(recorded(), NOW).get(name, [])
    assert not modules, ADVICE.format(name=name, modules=", ".join(modules), note=f"`{NOTE}`")


def test_what_is_recorded_is_of_today():
    assert recorded() == NOW, f"a step has a new version, or is newly cached: `{NOTE}` notes its body"


BEFORE = {"extract": Body(version=1, modules={"columns": "a", "keys": "b"})}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (Body(version=1, modules={"columns": "a", "keys": "c"}), ["keys"]),
        (Body(version=1, modules={"columns": "a", "keys": "b", "texts": "c"}), ["texts"]),
        (Body(version=2, modules={"columns": "x", "keys": "y"}), None),
    ],
)
def test_a_changed_module_is_named_unless_the_version_has_gone_up(body: Body, told: list[str] | None):
    assert undeclared(BEFORE, {"extract": body}).get("extract") == told


def test_the_body_of_one_mode_is_not_that_of_the_other():
    package = "activities.agents.data_processor"
    extract, transform = body_of(DataProcessorAgent.extract), body_of(DataProcessorAgent.transform)
    assert f"{package}.extraction" in extract.keys() - transform.keys()
    assert f"{package}.cleaning" in transform.keys() - extract.keys()
    assert extract[package] != transform[package]
