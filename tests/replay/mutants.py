"""Incompatible versions of pipelines: each would break executions that are under way."""

from temporalio import workflow

from fiberwise.contracts.cleaning import Cleaning
from fiberwise.contracts.complex_multi_agent import Request, Results
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.performance import Analysis
from fiberwise.contracts.profile import Study
from fiberwise.contracts.synthesis import Brief
from fiberwise.pipeline.step import step
from tests.workflows.bending import SHORT, TWICE, Bend, UndonePipeline
from tests.workflows.scripted import Told, act
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


@workflow.defn(name="complex-multi-agent")
class WithoutFallback(ComplexMultiAgentPipeline):
    """A failed run has nobody to hand its work to."""

    fallbacks = ()

    @workflow.run
    async def execute(self, request: Request = Request()) -> Result:
        return await super().execute(request)


@workflow.defn(name="undone")
class WithoutUndo(UndonePipeline):
    """What its second step did is no longer undone."""

    left = step(act, retry=TWICE, timeout=SHORT)

    @workflow.run
    async def execute(self, request: Bend = Bend()) -> PipelineResult[list[Told | None], None]:
        return await super().execute(request)
