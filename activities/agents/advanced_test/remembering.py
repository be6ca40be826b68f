"""Asks the memory of agents for what bears on a synthesis."""

from temporalio import activity

from fiberwise.contracts.cleaning import Transform
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.memory import AGENTS, Recollection
from fiberwise.contracts.profile import Extract
from fiberwise.contracts.synthesis import Synthesis
from fiberwise.runtime.children import compute
from fiberwise.runtime.recalling import recall


async def remembering(
    synthesis: Synthesis, source: str, extract: Extract | None, transform: Transform | None
) -> Synthesis:
    """Call it in the body of a step. The synthesis is as it was where nothing is remembered of the source."""
    recalled = await recall(source)
    told = recalled.trouble or (transform and (transform.accepted or transform.not_recalled))
    if not told and all(recalled.of(agent).empty for agent in AGENTS):
        return synthesis
    return await compute(_recollected, synthesis, extract, transform, recalled, _own_execution())


def _own_execution() -> str:
    """Of the pipeline's run, also where the activity is one of a stream, whose workflow id goes on after it."""
    if not activity.in_activity():
        return ""
    return execution_id_of("/".join((activity.info().workflow_id or "").split("/")[:2]))


def _recollected(
    synthesis: Synthesis,
    extract: Extract | None,
    transform: Transform | None,
    recalled: Recollection,
    own: str,
) -> Synthesis:
    from activities.agents.advanced_test.recollection import recollected

    return recollected(synthesis, extract, transform, recalled, own)
