"""What an order may ask of a run."""

from datetime import timedelta

import pytest

from fiberwise.contracts.errors import BadInput
from starter.requests import checked, pipeline_named
from starter.starts import Ordered


@pytest.mark.parametrize("deadline", [timedelta(0), timedelta(seconds=-1), timedelta(days=4000)])
def test_a_deadline_that_no_run_can_keep_is_refused(deadline: timedelta):
    pipeline = pipeline_named("complex-multi-agent")
    with pytest.raises(BadInput, match="no run can keep a deadline of"):
        Ordered(pipeline, checked(pipeline, {}), deadline=deadline)


def test_to_refresh_what_is_no_cached_step_is_refused_from_python_too():
    pipeline = pipeline_named("complex-multi-agent")
    with pytest.raises(BadInput, match="`generate` is no cached step of complex-multi-agent"):
        Ordered(pipeline, checked(pipeline, {}), refresh=("generate",))
