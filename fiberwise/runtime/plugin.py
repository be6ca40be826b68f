"""Everything that makes a Temporal client, worker or replayer one of ours, in one plugin."""

from collections.abc import Sequence

from pydantic import ValidationError
from temporalio.converter import StorageDriver
from temporalio.plugin import SimplePlugin
from temporalio.worker import Interceptor, UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from fiberwise.runtime.converter import data_converter
from fiberwise.runtime.workflow_interceptor import PipelineInterceptor

# What runs outside the sandbox, each with its reason. Workflow modules themselves never do.
PASSED_THROUGH = (
    "fiberwise",  # the mechanism: deterministic by its own tests, and loading it again for each run costs 5 ms
    "activities",  # only named by workflows, never called there; its classes must be the worker's own
    "pydantic",  # models must be one class on both sides, or a value is no instance of its own type
    "pydantic_core",  # pydantic's compiled half, which cannot be loaded twice
    "annotated_types",  # pydantic reads its constraints by isinstance
)


def workflow_runner(sandbox: bool = True) -> WorkflowRunner:
    """The sandbox catches clocks, randomness and I/O in workflow code; FIBERWISE_SANDBOX=0 turns it off."""
    if not sandbox:
        return UnsandboxedWorkflowRunner()
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def plugin(
    storage: StorageDriver | None,
    *,
    sandbox: bool = True,
    interceptors: Sequence[Interceptor] = (),
) -> SimplePlugin:
    """`interceptors` are a worker's own (around its activities), beside those around every workflow."""
    return SimplePlugin(
        "fiberwise",
        data_converter=data_converter(storage),
        interceptors=[PipelineInterceptor(), *interceptors],
        workflow_runner=workflow_runner(sandbox),
        # Bad input or a bad memo fails the run; by default its first task would be tried for ever.
        workflow_failure_exception_types=[ValidationError],
    )
