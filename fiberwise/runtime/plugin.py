"""Everything that makes a Temporal client, worker or replayer one of ours, in one plugin."""

from collections.abc import Sequence

from pydantic import ValidationError
from temporalio.converter import StorageDriver
from temporalio.plugin import SimplePlugin
from temporalio.worker import Interceptor

from fiberwise.runtime.converter import data_converter
from fiberwise.runtime.sandbox import workflow_runner
from fiberwise.runtime.workflow_interceptor import PipelineInterceptor


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
        # A bad memo fails the run, as bad input does; by default its first task would be tried for ever.
        workflow_failure_exception_types=[ValidationError],
    )
