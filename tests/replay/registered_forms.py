"""The forms of the registered pipelines: how their runs end, bend, and are mended."""

import shutil
from datetime import timedelta
from functools import partial

from fiberwise.contracts.controls import Action
from starter import retrying
from starter.retrying import Again
from tests.integration.cli.program import ROOT
from tests.replay.forms import FEW, SMALL, Form, fallback_of, on_stage, ran, run, usual
from tests.replay.stage import HOME, Stage
from tests.workflows.running import begin

COMPLEX, DIGEST, SENSORS = "complex-multi-agent", "data-digest", "sensor-health"
READINGS = {"data": "examples/sensors.csv"}


async def twice(here: Stage) -> str:
    """The second of two equal runs takes what the first has kept."""
    await ran(here, COMPLEX, SMALL)
    return await ran(here, COMPLEX, SMALL)


async def remembered(here: Stage) -> str:
    """The second of two runs on readings of one name, which tells what has moved."""
    await ran(here, SENSORS, READINGS)
    return await ran(here, SENSORS, READINGS, no_cache=True)


async def set_aside(here: Stage) -> str:
    ragged = HOME / "ragged.csv"
    ragged.write_text("a,b\n1,2\n3\n4,5\n")
    return await ran(here, COMPLEX, {"data": str(ragged), "on_bad_rows": "set_aside"})


async def paused(here: Stage) -> str:
    workflow_id = await here.started(COMPLEX, SMALL, faults={"ingest": "slow"})
    await here.running(workflow_id, "ingest")
    await here.ann.pause(workflow_id, "new prices come")
    await here.waiting(workflow_id, "paused")
    await here.ann.resume(workflow_id)
    return await here.ended(workflow_id)


async def _held(here: Stage) -> str:
    workflow_id = await here.started(COMPLEX, SMALL, faults={"extract": "fail"}, hold=True)
    await here.waiting(workflow_id, "needs_repair")
    return workflow_id


async def mended(here: Stage, action: Action) -> str:
    workflow_id = await _held(here)
    await here.ann.repair(workflow_id, action, "nobody reads the profile")
    return await here.ended(workflow_id)


async def given(here: Stage) -> str:
    """The profile of an earlier run of the same data, by hand."""
    earlier = await here.ann.answer(await ran(here, COMPLEX, SMALL))
    workflow_id = await _held(here)
    await here.ann.repair(workflow_id, "give", result=earlier.results["extract"])
    return await here.ended(workflow_id)


async def come_late(here: Stage, action: Action) -> str:
    """A file that is not there yet, or has another name, when its run is started as from the Web UI."""
    there, name = HOME / "birds.csv", "birds" if action == "retry" else "brids"
    run = await begin(here.client, here.settings, COMPLEX, {"data": f"{HOME}/{name}.csv"}, hold=True)
    await here.waiting(run.id, "needs_repair")
    shutil.copy(ROOT / SMALL["data"], there)
    await here.ann.repair(run.id, action, input={"data": str(there)} if action == "edit" else None)
    return await here.ended(run.id)


async def carried_on(here: Stage) -> str:
    degraded = await ran(here, COMPLEX, SMALL, faults={"synthesize": "fail"})
    started = await retrying.retry(here.client, here.settings, degraded, Again("ann"))
    return await here.ended(started.handle.id)


FALLBACK = partial(ran, pipeline=COMPLEX, request=FEW, faults={"generate": "fail"})
FORMS: dict[str, dict[str, Form]] = {
    COMPLEX: {
        **usual(COMPLEX, step="transform"),
        "degraded": run(COMPLEX, SMALL, faults={"analyze": "fail"}),
        "set-aside": on_stage(set_aside),
        "fallback": on_stage(FALLBACK),
        "fallback-failed": run(COMPLEX, FEW, faults={"generate": "fail", "digest": "fail"}),
        "timed-out": run(COMPLEX, SMALL, faults={"synthesize": "hang"}, deadline=timedelta(seconds=15)),
        "paused": on_stage(paused),
        "held-retried": on_stage(partial(come_late, action="retry")),
        "held-edited": on_stage(partial(come_late, action="edit")),
        "held-given": on_stage(given),
        "held-skipped": on_stage(partial(mended, action="skip")),
        "held-fell-back": on_stage(partial(mended, action="fall_back")),
        "retried-run": on_stage(carried_on),
        "cached": on_stage(twice),
    },
    DIGEST: {**usual(DIGEST, step="digest"), "as-fallback": on_stage(fallback_of(FALLBACK))},
    SENSORS: {
        **usual(SENSORS, "measure", READINGS, READINGS, {"generate": {"shape": "sensors", "rows": 200}}),
        "degraded": run(SENSORS, READINGS, faults={"extract": "fail"}),
        "not-drawn": run(SENSORS, READINGS, faults={"draw": "fail"}),
        "timed-out": run(SENSORS, READINGS, faults={"measure": "hang"}, deadline=timedelta(seconds=15)),
        "remembered": on_stage(remembered),
        "streamed": run(SENSORS, READINGS, stream=True),
        "streamed-torn": run(SENSORS, READINGS, stream=True, faults={"measure#2": "fail"}),
    },
}
