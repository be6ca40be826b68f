"""Around every pipeline's `execute`: the base conducts it, and tells each activity the run's options."""

from inspect import signature
from typing import Any

from temporalio import workflow
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from fiberwise.runtime.step_interceptor import HEADER


class PipelineInterceptor(Interceptor):
    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        return _Inbound


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        conduct = getattr(workflow.instance(), "_conduct", None)
        if conduct is None:
            return await self.next.execute_workflow(input)
        if not input.args:  # started with no input, as the Web UI allows: `execute`'s default stands
            input.args = [list(signature(input.run_fn).parameters.values())[1].default]
        return await conduct(input.args[0], lambda: self.next.execute_workflow(input))


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:
        header = getattr(workflow.instance(), "_header", None)
        if header is not None:
            payload = workflow.payload_converter().to_payload(header(input.activity_id or ""))
            input.headers = {**input.headers, HEADER: payload}
        return super().start_activity(input)
