"""A class that is no pipeline is refused in one error that tells all."""

from pathlib import Path

import pytest

from fiberwise.pipeline.anatomy import anatomy, check_registry
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
