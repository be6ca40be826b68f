"""Incompatible versions of `complex-multi-agent`: each would break executions that are under way."""

from temporalio import workflow

from fiberwise.contracts.cleaning import Cleaning
from fiberwise.contracts.complex_multi_agent import Request, Results
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.performance import Analysis
from fiberwise.contracts.profile import Study
from fiberwise.contracts.synthesis import Brief
from workflows.complex_multi_agent import ComplexMultiAgentPipeline

Result = PipelineResult[Results | None, Analysis | None]


@workflow.defn(name="complex-multi-agent")
class WithoutSynthesis(ComplexMultiAgentPipeline):
    """A step removed."""

    @workflow.run
    async def execute(self, request: Request = Request()) -> Result:
        return await super().execute(request)

    async def _process_data(self, dataset: Dataset, request: Request) -> Results:
        extracted = await self.extract(Study(dataset=dataset))
        transformed = await self.transform(Cleaning(dataset=dataset))
        return Results(dataset=dataset, extract=extracted, transform=transformed)


@workflow.defn(name="complex-multi-agent")
class SynthesisFirst(ComplexMultiAgentPipeline):
    """Two steps swapped."""

    @workflow.run
    async def execute(self, request: Request = Request()) -> Result:
        return await super().execute(request)

    async def _process_data(self, dataset: Dataset, request: Request) -> Results:
        synthesis = await self.synthesize(Brief(dataset=dataset))
        extracted = await self.extract(Study(dataset=dataset))
        return Results(dataset=dataset, extract=extracted, synthesis=synthesis)
