"""Everything that makes a Temporal client, worker or replayer one of ours, in one plugin."""

from pydantic import ValidationError
from temporalio.converter import StorageDriver
from temporalio.plugin import SimplePlugin

from fiberwise.runtime.converter import data_converter
from fiberwise.runtime.sandbox import workflow_runner
from fiberwise.runtime.workflow_interceptor import PipelineInterceptor


def plugin(storage: StorageDriver | None, *, sandbox: bool = True) -> SimplePlugin:
    """`storage` keeps payloads over 16 KB; without one they travel as they are."""
    return SimplePlugin(
        "fiberwise",
        data_converter=data_converter(storage),
        interceptors=[PipelineInterceptor()],
        workflow_runner=workflow_runner(sandbox),
        # A bad memo fails the run, as bad input does; by default its first task would be tried for ever.
        workflow_failure_exception_types=[ValidationError],
    )
