"""What `run`, `start` and `watch` do: start an execution, follow it to its end, carry on what was left open."""

import asyncio

from fiberwise.contracts.identity import short_id
from fiberwise.contracts.view import RunAnswer
from fiberwise.runtime.settings import Settings
from starter import executions, kept, starts
from starter.answers import ui_link
from starter.cli import exits, report
from starter.cli.following import ends, follow
from starter.cli.serving import serving
from starter.cli.terminal import answer, answer_json, tell
from starter.connection import Connection, attached, connection
from starter.kept import Kept
from starter.starts import Ordered, Started


async def run(settings: Settings, order: Ordered, strict: bool, as_json: bool) -> int:
    """Starts and waits; hosts a worker meanwhile where the embedded stack is this command's own."""
    async with connection(settings, tell) as reached, serving(reached) as here:
        left = await left_open(reached) if here else []
        started = await starts.start(reached.client, settings, order, eager=here)
        if started.existing:
            tell(f"the key `{order.key}` names an execution that was there already: {started.handle.id}")
        found = await attended(reached, await _named(reached, started), here)
        code = conclude(found, strict, as_json)
        await carried_on(reached, left)
    return code


async def watch(settings: Settings, asked: str, strict: bool, as_json: bool) -> int:
    """Follows an execution to its end, and carries it on where the embedded stack is this command's own."""
    async with connection(settings, tell) as reached:
        named = await kept.find(reached.client, settings, asked)
        async with serving(reached) as here:
            found = await attended(reached, named, here)
            return conclude(found, strict, as_json)


async def start_only(settings: Settings, order: Ordered, as_json: bool) -> int:
    """Starts on a server that stays up, since one that ends with this command would leave the run stranded."""
    reached = await attached(settings)
    started = await starts.start(reached.client, settings, order)
    workflow_id = started.handle.id
    page = "" if started.forgotten else reached.ui_url
    link = ui_link(page, reached.client.namespace, workflow_id)
    if as_json:
        told = {
            "execution_id": started.execution_id,
            "workflow_id": workflow_id,
            "existing": started.existing,
            "forgotten": started.forgotten,
        }
        answer_json({**told, "links": {"temporal_ui": link}})
        return 0
    answer(workflow_id)
    if started.existing:
        gone = ", which Temporal no longer has" if started.forgotten else ""
        tell(f"the key `{order.key}` names an execution that was there already{gone}")
    tell(f"fiberwise watch {started.execution_id[:8]}" + (f"\n{link}" if link else ""))
    return 0


async def attended(reached: Connection, named: str | Kept, here: bool) -> RunAnswer:
    """Shows an execution until it ends. Interrupted, it says what becomes of the run."""
    if isinstance(named, Kept):
        tell(named.note)
        return named.answer
    try:
        return await follow(reached, named)
    except asyncio.CancelledError:
        short = short_id(named)
        if here:
            tell(f"interrupted: {named} stays open")
            tell(f"  the next `fiberwise run`, `fiberwise watch {short}` or `fiberwise dev` carries it on")
        else:
            tell(f"detached: {named} runs on\n  fiberwise watch {short}\n  fiberwise cancel {short}")
        raise


async def _named(reached: Connection, started: Started) -> str | Kept:
    if started.forgotten:
        return await kept.find(reached.client, reached.settings, started.handle.id)
    return started.handle.id


async def left_open(reached: Connection) -> list[str]:
    """Executions that an earlier command left open: the worker carries them on from where they were."""
    left = await executions.running(reached.client, 1000)
    for workflow_id in left[:10]:
        tell(f"carrying on {workflow_id}, left open by an earlier command")
    if len(left) > 10:
        tell(f"carrying on {len(left) - 10} more: `fiberwise list --status running`")
    return left


async def carried_on(reached: Connection, left: list[str]) -> None:
    """Waits for those that move on, not for those that wait for a person."""
    for workflow_id in left:
        outcome = await ends(reached, workflow_id)
        tell(f"carried on {workflow_id}: {outcome}")


def conclude(found: RunAnswer, strict: bool, as_json: bool) -> int:
    """Prints the result, on stderr what was not right with it, and gives the exit code."""
    if as_json:
        answer_json(found)
    else:
        answer(report.page(found))
    if found.status == "failed":
        return exits.complain(report.failure(found), as_json)
    if found.outcome == "full":
        return 0
    tell(f"the result is not whole ({found.outcome}): {'; '.join(found.reasons)}")
    return 4 if strict else 0
