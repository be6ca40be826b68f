"""`AdvancedTestAgent`: joins profile and cleaning into what a person should know (mode synthesis)."""

from temporalio import activity

from activities.agents.advanced_test.remembering import remembering
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


def _synthesize(brief: Brief, artifacts: str) -> Synthesis:
    from activities.agents.advanced_test.synthesis import write_synthesis

    return write_synthesis(brief, artifacts)
