"""A run that refuses a control is told apart from one whose code fails in it."""

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.errors import BadInput, PipelineError, Refused
from starter.updates import _told  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    ("type", "kind", "exit_code"),
    [("Refused", Refused, 2), ("BadInput", BadInput, 2), ("RuntimeError", PipelineError, 1)],
)
def test_its_words_are_kept_and_the_exit_code_says_whose_fault_it_is(
    type: str, kind: type[PipelineError], exit_code: int
):
    error = _told(WorkflowUpdateFailedError(ApplicationError("it is not paused", type=type)), "scripted/1")
    assert error.__class__ is kind
    assert (error.message, error.where, error.exit_code) == ("it is not paused", "scripted/1", exit_code)
