"""A class that is no pipeline is refused in one error that tells all."""

from dataclasses import replace
from pathlib import Path

import pytest

from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Generate
from fiberwise.contracts.payload import Asked
from fiberwise.pipeline.anatomy import Anatomy, anatomy, check_registry, wrong_fallbacks
from fiberwise.pipeline.pipeline import Pipeline
from workflows import AVAILABLE_PIPELINES
from workflows.complex_multi_agent import ComplexMultiAgentPipeline


def test_every_registered_pipeline_stands_under_its_own_name_and_has_its_page():
    for name, one in check_registry(AVAILABLE_PIPELINES).items():
        assert one.name == name
        assert (Path(__file__).parents[3] / one.page).is_file(), f"write {one.page}"


def test_a_class_says_its_steps_and_models_itself():
    one = anatomy(ComplexMultiAgentPipeline)
    assert [step.name for step in one.steps] == [
        "generate",
        "ingest",
        "extract",
        "transform",
        "synthesize",
        "analyze",
        "publish",
    ]
    assert one.input.__name__ == "Request"
    assert one.steps[2].activity == "DataProcessorAgent.extract"


def test_all_that_is_wrong_with_a_class_is_told_at_once():
    class Bare(Pipeline):
        pass

    with pytest.raises(TypeError, match=r"lacks @workflow.defn.*takes one request.*declares no step"):
        anatomy(Bare)


def test_a_class_under_another_name_is_refused():
    with pytest.raises(TypeError, match="`other` is the class of `complex-multi-agent`"):
        check_registry({"other": ComplexMultiAgentPipeline})


def _falling(name: str, *fallbacks: str, request: type[Asked] = Request) -> Anatomy:
    return replace(anatomy(ComplexMultiAgentPipeline), name=name, fallbacks=fallbacks, input=request)


def _faults(*pipelines: Anatomy) -> list[str]:
    return wrong_fallbacks({one.name: one for one in pipelines})


def test_a_chain_of_fallbacks_is_fine():
    assert _faults(_falling("a", "b"), _falling("b", "c"), _falling("c")) == []


def test_fallbacks_that_go_in_a_circle_are_told_with_their_way():
    assert "fallbacks go in a circle: a -> b -> a" in _faults(_falling("a", "b"), _falling("b", "a"))


def test_a_pipeline_that_falls_back_on_itself_is_a_circle():
    assert _faults(_falling("a", "a")) == ["fallbacks go in a circle: a -> a"]


def test_a_circle_further_on_is_told_once_for_each_pipeline_in_it():
    assert _faults(_falling("a", "b"), _falling("b", "b")) == ["fallbacks go in a circle: b -> b"]


def test_a_fallback_that_is_not_registered_is_told():
    assert _faults(_falling("a", "b")) == ["`a` falls back on `b`, which is not registered"]


def test_a_fallback_that_takes_another_request_is_told():
    assert _faults(_falling("a", "b"), _falling("b", request=Generate)) == [
        "`a` falls back on `b`, which takes another request (Generate)"
    ]


def test_a_registry_with_a_wrong_fallback_does_not_load(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ComplexMultiAgentPipeline, "fallbacks", ("nowhere",))

    with pytest.raises(TypeError, match="falls back on `nowhere`"):
        check_registry({"complex-multi-agent": ComplexMultiAgentPipeline})


async def _no_activity(value: object) -> object:
    return value


@pytest.mark.parametrize("role", ["undo", "instead"])
def test_what_undoes_a_step_or_stands_in_for_it_must_be_an_activity_when_it_is_a_coroutine(
    monkeypatch: pytest.MonkeyPatch, role: str
):
    declared = vars(ComplexMultiAgentPipeline)["publish"]
    monkeypatch.setattr(declared, role, _no_activity)

    with pytest.raises(TypeError, match=f"`publish`: `{role}` lacks @activity.defn"):
        anatomy(ComplexMultiAgentPipeline)
