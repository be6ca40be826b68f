"""`DataProcessorAgent`: finds out what a data set holds (mode extract), and cleans it (mode transform)."""

from temporalio import activity

from activities.agents.data_processor.accepting import decide
from fiberwise.contracts.cleaning import Cleaning, Transform
from fiberwise.contracts.profile import Extract, Study
from fiberwise.runtime.children import compute
from fiberwise.store.artifacts import ArtifactStore


class DataProcessorAgent:
    """Both modes read the same table and know nothing of each other, so that they can run side by side."""

    def __init__(self, artifacts: ArtifactStore) -> None:
        self._artifacts = artifacts.url

    @activity.defn(name="DataProcessorAgent.extract")
    async def extract(self, study: Study) -> Extract:
        return await compute(_extract, study, self._artifacts)

    @activity.defn(name="DataProcessorAgent.transform")
    async def transform(self, cleaning: Cleaning) -> Transform:
        decided = await decide(cleaning)
        return decided.told(await compute(_transform, decided.cleaning, self._artifacts))


# The table engine is imported in the child alone: the worker's event loop never waits for it.


def _extract(study: Study, artifacts: str) -> Extract:
    from activities.agents.data_processor.extraction import extract_profile

    return extract_profile(study, artifacts)


def _transform(cleaning: Cleaning, artifacts: str) -> Transform:
    from activities.agents.data_processor.cleaning import clean_dataset

    return clean_dataset(cleaning, artifacts)
