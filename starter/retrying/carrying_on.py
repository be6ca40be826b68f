"""An ended execution carried on from its first failed step, in a new one that takes over what succeeded."""

from dataclasses import replace

from temporalio.client import Client, WorkflowExecutionDescription

from fiberwise.contracts.errors import Refused
from fiberwise.contracts.identity import execution_id_of, short_id
from fiberwise.contracts.options import RunOptions
from fiberwise.pipeline.results import options_of
from fiberwise.runtime.settings import Settings
from starter import starts, views
from starter.requests import pipeline_named
from starter.retrying.again import Again
from starter.retrying.asked import described, handle_of, ordered
from starter.retrying.fitting import check_step, good, met_first
from starter.retrying.foreseeing import check_fit
from starter.retrying.history import Done, done_in
from starter.retrying.line import name_of, newest
from starter.starts import Ordered, Past, Started

# What a person does about an execution that waits.
ANSWERS = {"paused": "resume", "waiting_approval": "approve", "needs_repair": "repair"}


async def retry(client: Client, settings: Settings, asked: str, again: Again) -> Started:
    """Carries an execution on, once: where one does so already that is given back, as `existing`. As `carried_on`."""
    found = await carried_on(client, settings, asked, again)
    return found if isinstance(found, Started) else await begun(client, settings, found, again)


async def begun(
    client: Client, settings: Settings, order: Ordered, again: Again, *, eager: bool = False
) -> Started:
    """Starts what `carried_on` gave. Raises Refused where another was quicker, and perhaps meant something else."""
    started = await starts.start(client, settings, order, eager=eager)
    if started.existing:
        _check_plain(again, started.handle.id)
    return started


async def carried_on(client: Client, settings: Settings, asked: str, again: Again) -> Ordered | Started:
    """The order that carries on the last execution of the line of `asked`; where that one runs, it itself.

    Raises as `executions.find`; Refused for what cannot be carried on as it stands, saying what can be done;
    BadInput for a step that there is none of, and for changes that fit neither the request nor what is taken over.
    """
    found = await described(client, settings, asked)
    last = await newest(client, found)
    if last is not found and views.listed(last).status == "running":
        _check_plain(again, last.id)
        return Started(execution_id_of(last.id), handle_of(client, last), existing=True)
    return await order_for(client, settings, last, again)


async def redriven(client: Client, settings: Settings, asked: str, again: Again) -> Ordered | Started:
    """As `carried_on`, from the first step of which chunks failed: of each such step these alone are tried again.

    Raises Refused too where no chunk failed.
    """
    found = await newest(client, await described(client, settings, asked))
    pipeline = pipeline_named(found.workflow_type)
    done = await done_in(client, pipeline, handle_of(client, found))
    torn = {name: one for name, one in done.streams.items() if any(ledger.failed for ledger in one.ledgers)}
    first = next((step.name for step in pipeline.steps if step.name in torn), "")
    if not first:
        hint = f"fiberwise retry {short_id(found.id)} does failed steps again"
        raise Refused(f"no chunk of {found.id} has failed", where="ID", hint=hint)
    order = await carried_on(client, settings, asked, replace(again, from_step=first))
    if isinstance(order, Started):
        return order
    return replace(order, past=replace(order.past, redrive=torn))


async def order_for(
    client: Client, settings: Settings, found: WorkflowExecutionDescription, again: Again
) -> Ordered:
    """Raises as `carried_on`."""
    pipeline, options = pipeline_named(found.workflow_type), await options_of(found)
    check_step(pipeline, again.from_step)
    _check_ended_badly(found, options)
    handle = handle_of(client, found)
    order = await ordered(client, settings, found, again)
    done = _with_older(await done_in(client, pipeline, handle), options)
    taken = good(pipeline, done, again.from_step)
    if again.changes:
        await check_fit(client, settings, handle, order, met_first(pipeline, done, taken))
    past = Past(
        retry_of=name_of(found.id), origin=options.origin or execution_id_of(found.id), takeover=taken
    )
    return replace(order, past=past)


def _with_older(done: Done, options: RunOptions) -> Done:
    """What it took over itself, and did not do again, is as good as what it did."""
    older = {(one.step, one.call): one for one in options.takeover}
    return Done(older | done.taken, done.ended)


def _check_ended_badly(found: WorkflowExecutionDescription, options: RunOptions) -> None:
    seen, short = views.listed(found), short_id(found.id)
    if seen.status == "running":
        answer = ANSWERS.get(seen.phase, "watch")
        hint = f"fiberwise {answer} {short}; or end it first: fiberwise cancel {short}"
        raise Refused(f"{found.id} has not ended: {seen.phase}", where="ID", hint=hint)
    if options.fall:
        told = f"{found.id} stood in for {options.fall.workflow_id}: retry that one"
        raise Refused(told, where="ID", hint=f"fiberwise retry {short_id(options.fall.workflow_id)}")
    if seen.outcome == "full":
        hint = f"fiberwise rerun {short} does it all anew"
        raise Refused(f"{found.id} succeeded: nothing is left to do", where="ID", hint=hint)


def _check_plain(again: Again, workflow_id: str) -> None:
    """What carries the execution on by now was perhaps asked for otherwise."""
    if again.from_step or again.changes:
        told = f"{workflow_id} carries it on already: --from and --set come too late"
        raise Refused(told, where="ID", hint="watch or cancel that one; what it did is kept")
