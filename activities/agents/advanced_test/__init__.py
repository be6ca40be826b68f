"""`AdvancedTestAgent`: joins profile and cleaning into what a person should know (mode synthesis)."""

from temporalio import activity

from activities.agents.advanced_test.remembering import remembering
from fiberwise.contracts.dataset import Chunks
from fiberwise.contracts.stream import Gathered, Missing, Part, Portion
from fiberwise.contracts.synthesis import Brief, Synthesis
from fiberwise.runtime.children import compute
from fiberwise.store.artifacts import ArtifactStore


class AdvancedTestAgent:
    def __init__(self, artifacts: ArtifactStore) -> None:
        self._artifacts = artifacts.url

    @activity.defn(name="AdvancedTestAgent.synthesize")
    async def synthesize(self, brief: Brief) -> Synthesis:
        found = await compute(_synthesize, brief, self._artifacts)
        return await remembering(found, brief.dataset.remembered_as, brief.extract, brief.transform)

    # Chunk by chunk: what each adds to correlations and outliers, of which the synthesis of the whole is made.

    @activity.defn(name="AdvancedTestAgent.synthesize_chunk")
    async def synthesize_chunk(self, portion: Portion[Brief]) -> Part:
        return await compute(
            _synthesize_chunk, portion.request, portion.chunks, portion.number, self._artifacts
        )

    @activity.defn(name="AdvancedTestAgent.merge_synthesis")
    async def merge_synthesis(self, gathered: Gathered[Brief]) -> Synthesis:
        brief = gathered.request
        found = await compute(_merge_synthesis, brief, gathered.parts, gathered.missing, self._artifacts)
        return await remembering(found, brief.dataset.remembered_as, brief.extract, brief.transform)


def _synthesize(brief: Brief, artifacts: str) -> Synthesis:
    from activities.agents.advanced_test.synthesis import write_synthesis

    return write_synthesis(brief, artifacts)


def _synthesize_chunk(brief: Brief, chunks: Chunks, number: int, artifacts: str) -> Part:
    from activities.agents.advanced_test.streamed.synthesis import synthesize_chunk
    from activities.agents.data_processor.streamed.chunk_table import chunk_numbered

    return synthesize_chunk(brief, chunk_numbered(number, chunks, artifacts), artifacts)


def _merge_synthesis(brief: Brief, parts: list[Part], missing: list[Missing], artifacts: str) -> Synthesis:
    from activities.agents.advanced_test.streamed.synthesis import merge_synthesis

    return merge_synthesis(brief, parts, artifacts, missing)
