"""Puts a run's results where people look for them, and takes them away again."""

from temporalio import activity

from activities.resources import resources
from fiberwise.contracts.publication import Publication, Published, Withdrawn
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.publications import Publications


@activity.defn
async def publish_results(publication: Publication) -> Published:
    """The step: copies of the results in a folder of the execution's own; done again, it is there once."""
    return await _publications().publish(publication)


@activity.defn
async def withdraw_results(published: Published) -> Withdrawn:
    """Undoes it: the folder goes, artifacts stay."""
    return await _publications().withdraw(published)


def _publications() -> Publications:
    return Publications(resources().published, ArtifactStore(resources().artifacts))
