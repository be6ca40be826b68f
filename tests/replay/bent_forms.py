"""The forms that only pipelines of the tests have: approved, undone, stood in for, in a chain of fallbacks."""

from functools import partial

from tests.replay.forms import Form, fallback_of, on_stage, run
from tests.replay.stage import Stage
from tests.workflows.bending import Bend

BREAK, HANG = ["break"], ["hang"]


async def decided(here: Stage, step: str, approved: bool) -> str:
    workflow_id = await here.started("gated", Bend(which=step))
    await here.waiting(workflow_id, "waiting_approval")
    if approved:
        await here.ann.approve(workflow_id, "looks right", input={"name": f"{step}, mended"})
    else:
        await here.ann.reject(workflow_id, "wrong quarter")
    return await here.ended(workflow_id)


async def cancelled(here: Stage) -> str:
    workflow_id = await here.started("undone", Bend(right=HANG))
    await here.running(workflow_id, "right")
    await here.ann.cancel(workflow_id)
    return await here.ended(workflow_id)


async def chained(here: Stage) -> str:
    workflow_id = await here.started("chained", Bend(first=BREAK))
    await here.seen(workflow_id, lambda found: found.phase == "backing_off")
    await here.ann.retry_now(workflow_id)  # else it is a minute
    return await here.ended(workflow_id)


FORMS: dict[str, dict[str, Form]] = {
    "gated": {
        "approved": on_stage(partial(decided, step="strict", approved=True)),
        "rejected": on_stage(partial(decided, step="strict", approved=False)),
        "left-out": on_stage(partial(decided, step="spare", approved=False)),
    },
    "undone": {
        "failed": run("undone", Bend(right=BREAK)),
        "cancelled": on_stage(cancelled),
        "stuck": run("undone", Bend(right=BREAK, which="stuck")),
    },
    "stood-in": {
        "value": run("stood-in", Bend(which="value", first=BREAK)),
        "function": run("stood-in", Bend(which="plainly", first=BREAK)),
        "activity": run("stood-in", Bend(which="simply", first=BREAK)),
        "both-failed": run("stood-in", Bend(which="simply", first=["break", "broken"])),
    },
    "chained": {"fallback": on_stage(chained)},
    "worse": {"as-fallback": on_stage(fallback_of(chained))},
    "plain": {"as-fallback": on_stage(fallback_of(fallback_of(chained)))},
}
