"""`DataProcessorAgent`: finds out what a data set holds (mode extract), and cleans it (mode transform)."""

from temporalio import activity

from activities.agents.data_processor.accepting import Decided, decide
from fiberwise.contracts.cleaning import Cleaning, Plan, Transform
from fiberwise.contracts.dataset import Chunks
from fiberwise.contracts.profile import Extract, Study
from fiberwise.contracts.stream import Gathered, Missing, Part, Portion
from fiberwise.runtime.children import compute
from fiberwise.store.artifacts import ArtifactStore


class DataProcessorAgent:
    """Both modes read the same table and know nothing of each other, so that they can run side by side."""

    def __init__(self, artifacts: ArtifactStore) -> None:
        self._artifacts = artifacts.url

    @activity.defn(name="DataProcessorAgent.extract")
    async def extract(self, study: Study) -> Extract:
        return await compute(_extract, study, self._artifacts)

    # Extract, chunk by chunk: a profile of each, of which that of the whole is merged.

    @activity.defn(name="DataProcessorAgent.profile_chunk")
    async def profile_chunk(self, portion: Portion[Study]) -> Part:
        return await compute(_profile_chunk, portion.request, portion.chunks, portion.number, self._artifacts)

    @activity.defn(name="DataProcessorAgent.merge_profiles")
    async def merge_profiles(self, gathered: Gathered[Study]) -> Extract:
        return await compute(
            _merge_profiles, gathered.request, gathered.parts, gathered.missing, self._artifacts
        )

    @activity.defn(name="DataProcessorAgent.transform")
    async def transform(self, cleaning: Cleaning) -> Transform:
        decided = await decide(cleaning)
        return decided.told(await compute(_transform, decided.cleaning, self._artifacts))

    # Transform, chunk by chunk: a survey of each gives a plan for all, by which each is cleaned.

    @activity.defn(name="DataProcessorAgent.survey_chunk")
    async def survey_chunk(self, portion: Portion[Cleaning]) -> Part:
        decided = await decide(portion.request)
        return await compute(_survey, decided.cleaning, portion.number, self._artifacts)

    @activity.defn(name="DataProcessorAgent.merge_surveys")
    async def merge_surveys(self, gathered: Gathered[Cleaning]) -> Plan:
        decided = await decide(gathered.request)
        plan = await compute(_plan, decided.cleaning, gathered.parts, self._artifacts)
        known = {"accepted": decided.accepted, "not_recalled": decided.trouble or None}
        return plan.model_copy(update=known)

    @activity.defn(name="DataProcessorAgent.clean_chunk")
    async def clean_chunk(self, portion: Portion[Cleaning]) -> Part:
        plan = Plan.model_validate(portion.so_far)
        return await compute(_clean_chunk, portion.request, portion.number, plan, self._artifacts)

    @activity.defn(name="DataProcessorAgent.merge_cleaned")
    async def merge_cleaned(self, gathered: Gathered[Cleaning]) -> Transform:
        plan = Plan.model_validate(gathered.so_far)
        done = await compute(_merge_cleaned, gathered.request, plan, gathered.parts, self._artifacts)
        return Decided(gathered.request, plan.accepted, plan.not_recalled or "").told(done)


# The table engine is imported in the child alone: the worker's event loop never waits for it.


def _extract(study: Study, artifacts: str) -> Extract:
    from activities.agents.data_processor.extraction import extract_profile

    return extract_profile(study, artifacts)


def _profile_chunk(study: Study, chunks: Chunks, number: int, artifacts: str) -> Part:
    from activities.agents.data_processor.streamed.chunk_table import chunk_numbered
    from activities.agents.data_processor.streamed.profile import profile_chunk

    return profile_chunk(study, chunk_numbered(number, chunks, artifacts), artifacts)


def _merge_profiles(study: Study, parts: list[Part], missing: list[Missing], artifacts: str) -> Extract:
    from activities.agents.data_processor.streamed.profile import merge_profiles

    return merge_profiles(study, parts, artifacts, missing)


def _transform(cleaning: Cleaning, artifacts: str) -> Transform:
    from activities.agents.data_processor.cleaning import clean_dataset

    return clean_dataset(cleaning, artifacts)


def _survey(cleaning: Cleaning, number: int, artifacts: str) -> Part:
    from activities.agents.data_processor.streamed.surveying import chunk_of, survey_chunk

    return survey_chunk(cleaning, chunk_of(cleaning, number, artifacts), artifacts)


def _plan(cleaning: Cleaning, parts: list[Part], artifacts: str) -> Plan:
    from activities.agents.data_processor.streamed.planning import merge_surveys

    return merge_surveys(cleaning, parts, artifacts)


def _clean_chunk(cleaning: Cleaning, number: int, plan: Plan, artifacts: str) -> Part:
    from activities.agents.data_processor.streamed.chunk_cleaning import clean_chunk
    from activities.agents.data_processor.streamed.surveying import chunk_of

    return clean_chunk(cleaning, chunk_of(cleaning, number, artifacts), plan, artifacts)


def _merge_cleaned(cleaning: Cleaning, plan: Plan, parts: list[Part], artifacts: str) -> Transform:
    from activities.agents.data_processor.streamed.joining import merge_cleaned

    return merge_cleaned(cleaning, plan, parts, artifacts)
