"""The sandbox in which workflow code runs: what passes through it, and in words what it refuses to load."""

import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from temporalio import workflow
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import RestrictedWorkflowAccessError, SandboxRestrictions

from fiberwise.contracts.errors import PipelineError
from fiberwise.runtime.runners import SandboxedRunner, UnsandboxedRunner

# What runs outside the sandbox, each with its reason. Workflow modules themselves never do.
PASSED_THROUGH = (
    "fiberwise",  # the mechanism: deterministic by its own tests, and loading it again for each run costs 5 ms
    "activities",  # only named by workflows, never called there; its classes must be the worker's own
    "pydantic",  # models must be one class on both sides, or a value is no instance of its own type
    "pydantic_core",  # pydantic's compiled half, which cannot be loaded twice
    "annotated_types",  # pydantic reads its constraints by isinstance
)


class PipelineRefused(PipelineError):
    """A pipeline's module does at import what a workflow may not do: a worker with it must not start."""

    code: ClassVar[str] = "pipeline_refused"
    retryable: ClassVar[bool] = False


def workflow_runner(sandbox: bool = True) -> WorkflowRunner:
    """The sandbox catches clocks, randomness and I/O in workflow code; FIBERWISE_SANDBOX=0 turns it off."""
    if not sandbox:
        return UnsandboxedRunner()
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedRunner(restrictions=restrictions)


def check_loading(pipelines: Iterable[type]) -> None:
    """Loads each class in the sandbox. Raises PipelineRefused, naming the import to pass through and where."""
    runner = workflow_runner()
    for pipeline in pipelines:
        try:
            runner.prepare_workflow(workflow._Definition.must_from_class(pipeline))  # pyright: ignore[reportPrivateUsage]
        except RestrictedWorkflowAccessError as error:
            raise _refused(pipeline, error) from error


def _refused(pipeline: type, error: RestrictedWorkflowAccessError) -> PipelineRefused:
    imports = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if f.name == "<module>" and Path(f.filename).is_file()
    ]
    entry, culprit = imports[0], imports[-1]
    message = (
        f"{pipeline.__name__} does not load in the sandbox: {Path(culprit.filename).name}, "
        f"line {culprit.lineno}, uses {error.qualified_name} when it is imported"
    )
    hint = (
        f"if that is harmless, put `{entry.line}` under `with workflow.unsafe.imports_passed_through():`; "
        "if not, move it into a function that only an activity calls"
    )
    return PipelineRefused(message, where=f"{entry.filename}:{entry.lineno}", hint=hint)
