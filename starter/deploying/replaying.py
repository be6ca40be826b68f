"""Histories from the server, run through today's code: which commands it would give, and what it stumbles over."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass

from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from fiberwise.changing.commands import Command, commands_in, commands_of
from fiberwise.runtime.listening import Heard, listening
from fiberwise.runtime.settings import Settings
from starter.connection import our_plugin
from starter.deploying.diverging import ended_in
from starter.deploying.running import Running
from starter.histories import replayable, stumbled

# The deadlock detector, which a busy machine sets off too: a replay that it stopped says nothing, and is done again.
STUCK, TRIES = "TMPRL1101", 3


@dataclass(frozen=True)
class Replayed:
    """Both sides' commands, and the ids of the activities that ended. `failure` is empty where the code fits."""

    run: Running
    recorded: Sequence[Command]
    given: Sequence[Command]
    ended: Collection[str]
    failure: str


async def replayed(client: Client, settings: Settings, runs: Sequence[Running]) -> AsyncIterator[Replayed]:
    """One history at a time: many at once would set off the deadlock detector. One that is gone is left out."""
    for tries in range(TRIES):
        stuck: list[Running] = []
        async for one in _each(client, settings, runs):
            if STUCK in one.failure and tries < TRIES - 1:
                stuck.append(one.run)
            else:
                yield one
        runs = stuck


async def _each(client: Client, settings: Settings, runs: Sequence[Running]) -> AsyncIterator[Replayed]:
    if not runs:  # to prepare a replay takes a tenth of a second
        return
    heard: Heard = {}
    plugins = [our_plugin(settings), listening(heard)]
    replayer = Replayer(workflows=list(replayable().values()), plugins=plugins)
    by_id = {run.workflow_id: run for run in runs}
    async with replayer.workflow_replay_iterator(_histories(client, runs)) as results:
        async for result in results:
            name, events = result.history.workflow_id, result.history.events
            yield Replayed(
                run=by_id[name],
                recorded=commands_in(events),
                given=list(commands_of(heard.pop(name, []))),
                ended=ended_in(events),
                failure=stumbled(result.replay_failure, events),
            )


async def _histories(client: Client, runs: Sequence[Running]) -> AsyncIterator[WorkflowHistory]:
    for run in runs:
        try:
            yield await client.get_workflow_handle(run.workflow_id, run_id=run.run_id).fetch_history()
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
