"""A pipeline that cannot load in the sandbox is refused in words: which line to pass through, and where it stands."""

import pytest

from fiberwise.runtime.sandbox import PipelineRefused, check_loading
from tests.unit.runtime import careless
from workflows import AVAILABLE_PIPELINES


async def test_the_registered_pipelines_load():
    check_loading(AVAILABLE_PIPELINES.values())


async def test_an_import_that_reads_the_clock_is_named_with_the_line_that_brings_it():
    with pytest.raises(PipelineRefused) as caught:
        check_loading([careless.CarelessPipeline])
    refused = caught.value
    assert "CarelessPipeline does not load in the sandbox: reads_the_clock.py, line 5" in refused.message
    assert "uses datetime.datetime.now" in refused.message
    assert "`import tests.unit.runtime.reads_the_clock as clock` under `with workflow.unsafe" in refused.hint
    assert refused.where == f"{careless.__file__}:5"
