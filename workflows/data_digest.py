"""One pass over a data set by the standard library: what can be told when the table engine cannot help."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.functions.digest_dataset import digest_dataset
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.data_digest import Digest
from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import step

# Whatever broke the pipeline that falls back on this one may last a while: a full disk, a store that restarts.
PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=30),
    maximum_attempts=5,
    non_retryable_error_types=["BadInput"],
)
# Plain Python takes minutes for what takes the table engine seconds.
LONG, ALL_TRIES = timedelta(hours=1), timedelta(hours=3)


@workflow.defn(name="data-digest")
class DataDigestPipeline(Pipeline):
    """Counts, kinds, ranges and a sample of a data set, in one pass and without the table engine."""

    digest = step(digest_dataset, retry=PATIENT, timeout=LONG, total=ALL_TRIES)

    @workflow.run
    async def execute(self, request: Request = Request()) -> PipelineResult[Digest, None]:
        digest = await self._process_data(request)
        return self.result(digest, None)

    async def _process_data(self, request: Request) -> Digest:
        digest = await self.digest(request)
        for what in digest.missing:
            self.degrade(what)
        return digest
