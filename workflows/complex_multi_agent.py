"""Generate or ingest → (extract ‖ transform) → synthesis → performance analysis."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.agents.advanced_test import AdvancedTestAgent
from activities.agents.data_processor import DataProcessorAgent
from activities.functions.analyze_pipeline_performance import analyze_pipeline_performance
from activities.functions.chunked_dataset import assemble_dataset, cut_dataset, lay_out_chunk
from activities.functions.generate_test_data import generate_test_data
from activities.functions.ingest_dataset import ingest_dataset
from activities.functions.publish_results import publish_results, withdraw_results
from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.cleaning import Cleaning
from fiberwise.contracts.complex_multi_agent import Request, Results
from fiberwise.contracts.dataset import Dataset, Generate
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.performance import Analysis, Ledger
from fiberwise.contracts.profile import Study
from fiberwise.contracts.publication import Publication, Published
from fiberwise.contracts.stream import chunks_of
from fiberwise.contracts.synthesis import Brief
from fiberwise.pipeline.failure import StepFailed
from fiberwise.pipeline.parallel import in_parallel
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.policies import Cache, Round, Stream
from fiberwise.pipeline.step import step

# Files and stores recover within seconds; a third failure in a row is not a hiccup.
FUNCTION = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=20),
    maximum_attempts=3,
    non_retryable_error_types=["BadInput"],
)
# An agent's child process may die for want of memory that another run holds now: wait longer, try more often.
AGENT = RetryPolicy(
    initial_interval=timedelta(seconds=2),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
    maximum_attempts=5,
    non_retryable_error_types=["BadInput"],
)
# Their results hang on the bytes of the data and the request alone, and cost far more than a look.
CACHED = Cache()
# A data set that is not to be whole in memory: each step goes over its chunks, then puts together what they gave.
CHUNKS = Stream((Round(lay_out_chunk, assemble_dataset),), cut=cut_dataset)
PROFILES = Stream((Round(DataProcessorAgent.profile_chunk, DataProcessorAgent.merge_profiles),), of=chunks_of)
CLEANED = Stream(
    (
        Round(DataProcessorAgent.survey_chunk, DataProcessorAgent.merge_surveys),
        Round(DataProcessorAgent.clean_chunk, DataProcessorAgent.merge_cleaned),
    ),
    of=chunks_of,
)
PAIRS = Stream((Round(AdvancedTestAgent.synthesize_chunk, AdvancedTestAgent.merge_synthesis),), of=chunks_of)
QUICK, LONG, ALL_TRIES = timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=2)


@workflow.defn(name="complex-multi-agent")
class ComplexMultiAgentPipeline(Pipeline):
    """Profiles and cleans a data set side by side, joins both into findings, and analyses its own run."""

    generate = step(generate_test_data, retry=FUNCTION, timeout=LONG, total=ALL_TRIES)
    ingest = step(ingest_dataset, retry=FUNCTION, timeout=LONG, total=ALL_TRIES, cache=CACHED, stream=CHUNKS)
    extract = step(
        DataProcessorAgent.extract,
        retry=AGENT,
        timeout=LONG,
        total=ALL_TRIES,
        optional=True,
        cache=CACHED,
        stream=PROFILES,
    )
    transform = step(
        DataProcessorAgent.transform,
        retry=AGENT,
        timeout=LONG,
        total=ALL_TRIES,
        optional=True,
        cache=CACHED,
        stream=CLEANED,
    )
    synthesize = step(
        AdvancedTestAgent.synthesize,
        retry=AGENT,
        timeout=LONG,
        total=ALL_TRIES,
        optional=True,
        stream=PAIRS,
    )
    analyze = step(analyze_pipeline_performance, retry=FUNCTION, timeout=QUICK, optional=True)
    publish = step(
        publish_results, retry=FUNCTION, timeout=LONG, total=ALL_TRIES, optional=True, undo=withdraw_results
    )
    fallbacks = ("data-digest",)

    @workflow.run
    async def execute(self, request: Request = Request()) -> PipelineResult[Results | None, Analysis | None]:
        dataset = await self._prepare_input(request)
        results = await self._process_data(dataset, request)
        analysis = await self._analyze_results()
        published = await self._publish(results, analysis)
        return self.result(results.model_copy(update={"published": published}), analysis)

    async def _prepare_input(self, request: Request) -> Dataset:
        dataset = await (
            self.ingest(request) if request.data else self.generate(request.generate or Generate())
        )
        if dataset.set_aside.rows:
            self.degrade(f"{dataset.set_aside.rows} ragged rows were set aside")
        return dataset

    async def _process_data(self, dataset: Dataset, request: Request) -> Results:
        extracted, transformed = await in_parallel(
            self.extract(Study(dataset=dataset, null_tokens=request.null_tokens)),
            self.transform(
                Cleaning(
                    dataset=dataset,
                    null_tokens=request.null_tokens,
                    rules=request.rules,
                    rules_given=request.rules_given,
                )
            ),
        )
        if extracted is None and transformed is None:
            raise StepFailed(
                Failure(type="NothingLeft", message="nothing to join", step="extract ‖ transform")
            )
        synthesis = await self.synthesize(
            Brief(dataset=dataset, extract=extracted, transform=transformed, null_tokens=request.null_tokens)
        )
        return Results(dataset=dataset, extract=extracted, transform=transformed, synthesis=synthesis)

    async def _analyze_results(self) -> Analysis | None:
        name = workflow.info().workflow_type
        ledger = Ledger(pipeline=name, execution_id=self.execution_id, entries=self.log, groups=self.groups)
        return await self.analyze(ledger)

    async def _publish(self, results: Results, analysis: Analysis | None) -> Published | None:
        """Last, so that a run which fails or is cancelled has published nothing, or withdraws it."""
        name, told = workflow.info().workflow_type, analysis.model_dump(mode="json") if analysis else None
        document = {"results": results.model_dump(mode="json"), "analysis": told}
        files = {"cleaned.parquet": results.transform.output} if results.transform else {}
        return await self.publish(
            Publication(pipeline=name, execution_id=self.execution_id, document=document, files=files)
        )
