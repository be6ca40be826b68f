"""Generate or ingest → (measure ‖ extract) → (draw ‖ compare)."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.agents.data_processor import DataProcessorAgent
from activities.functions.chunked_dataset import assemble_dataset, cut_dataset, lay_out_chunk
from activities.functions.compare_with_memory import compare_with_memory
from activities.functions.draw_sensor_health import draw_sensor_health
from activities.functions.generate_test_data import generate_test_data
from activities.functions.ingest_dataset import ingest_dataset
from activities.functions.measure_sensor_health import (
    measure_sensor_health,
    merge_readings,
    summarize_readings,
)
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Artifact, Dataset
from fiberwise.contracts.drift import Drift
from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.profile import Extract, Study
from fiberwise.contracts.sensor_health import (
    MADE,
    Comparison,
    Drawing,
    SensorHealth,
    SensorHealthRequest,
    SensorHealthResults,
)
from fiberwise.contracts.stream import chunks_of
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
# Their results hang on the bytes of the data and the request alone, and cost far more than a look.
CACHED = Cache()
# A data set that is not to be whole in memory: each step goes over its chunks, then puts together what they gave.
CHUNKS = Stream((Round(lay_out_chunk, assemble_dataset),), cut=cut_dataset)
READINGS = Stream((Round(summarize_readings, merge_readings),), of=chunks_of)
PROFILES = Stream((Round(DataProcessorAgent.profile_chunk, DataProcessorAgent.merge_profiles),), of=chunks_of)
QUICK, LONG, ALL_TRIES = timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=2)


@workflow.defn(name="sensor-health")
class SensorHealthPipeline(Pipeline):
    """Finds gaps, stuck and drifting values in the readings of sensors, and draws them."""

    generate = step(generate_test_data, retry=FUNCTION, timeout=LONG, total=ALL_TRIES)
    ingest = step(ingest_dataset, retry=FUNCTION, timeout=LONG, total=ALL_TRIES, cache=CACHED, stream=CHUNKS)
    measure = step(
        measure_sensor_health, retry=FUNCTION, timeout=LONG, total=ALL_TRIES, cache=CACHED, stream=READINGS
    )
    extract = step(
        DataProcessorAgent.extract,
        retry=FUNCTION,
        timeout=LONG,
        total=ALL_TRIES,
        optional=True,
        cache=CACHED,
        stream=PROFILES,
    )
    draw = step(draw_sensor_health, retry=FUNCTION, timeout=QUICK, optional=True)
    compare = step(compare_with_memory, retry=FUNCTION, timeout=QUICK, optional=True)

    @workflow.run
    async def execute(
        self, request: SensorHealthRequest = SensorHealthRequest()
    ) -> PipelineResult[SensorHealthResults, None]:
        dataset = await self._prepare_input(request)
        health, extracted = await self._process_data(dataset, request)
        chart, drift = await self._tell(dataset, health, extracted)
        results = SensorHealthResults(
            dataset=dataset,
            summary=f"{health.summary} {drift.text}" if drift else health.summary,
            health=health,
            chart=chart,
            extract=extracted,
            drift=drift,
        )
        return self.result(results, None)

    async def _prepare_input(self, request: SensorHealthRequest) -> Dataset:
        if request.data:
            return await self.ingest(Request(data=request.data, source=request.source))
        return await self.generate(request.generate or MADE)

    async def _process_data(
        self, dataset: Dataset, request: SensorHealthRequest
    ) -> tuple[SensorHealth, Extract | None]:
        health, extracted = await in_parallel(
            self.measure(request.study_of(dataset)),
            self.extract(Study(dataset=dataset, null_tokens=request.null_tokens)),
        )
        if health.out_of_order:
            self.degrade(
                f"the chunks of {health.out_of_order:,} sensors lie over each other in time: "
                "gaps and equal values between them are not known"
            )
        return health, extracted

    async def _tell(
        self, dataset: Dataset, health: SensorHealth, extracted: Extract | None
    ) -> tuple[Artifact | None, Drift | None]:
        drawing = self.draw(Drawing(health=health, title=f"Health of {dataset.about}"))
        if extracted is None:
            return await drawing, None
        comparison = Comparison(source=dataset.remembered_as, extract=extracted)
        chart, compared = await in_parallel(drawing, self.compare(comparison))
        return chart, compared.drift if compared else None
