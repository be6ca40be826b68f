"""Where a step waits for a person: while the run is paused, for leave to begin, and for what a failure needs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from temporalio import workflow

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.controls import Decision, Repair, Waiting
from fiberwise.pipeline.controls import Wait
from fiberwise.pipeline.failure import NO_FALLBACK, REJECTED, StepFailed
from fiberwise.pipeline.log import Call
from fiberwise.pipeline.policies import Approval, Hold
from fiberwise.pipeline.state import RunState
from fiberwise.pipeline.step import Step


async def unpaused(run: RunState, call: Call) -> None:
    """As `resumed`, and tells meanwhile that the call waits for it."""
    if run.controls.paused:
        run.board.waits(call.step, call.number, "paused", f"since {run.controls.paused.by} said so")
        await resumed(run)


async def resumed(run: RunState) -> None:
    """Returns once the run is not paused. Raises CancelledError in one that is ending, which nobody will resume."""
    run.stop_if_ending()
    await workflow.wait_condition(lambda: run.controls.paused is None, timeout_summary="paused")


async def allowed(run: RunState, step: Step[Any, Any], call: Call) -> Call:
    """The call as it may begin, its input perhaps changed. Raises StepFailed where it may not."""
    if step.approval is None:
        return call
    wait = await _answered(run, Wait(step, call, _approval_of(step.approval, call)), step.approval.within)
    approved = wait.approved if wait.decision else step.approval.silence == "approve"
    said = _said(wait.decision)
    if not approved:
        failure = Failure(type=REJECTED, message=f"rejected by {said}", retryable=False, step=step.name)
        raise StepFailed(failure)
    changes = wait.decision.input if wait.decision else None
    return replace(call.with_input(changes or {}), note=f"approved by {said}")


async def mended(run: RunState, step: Step[Any, Any], call: Call, failure: Failure) -> Repair | None:
    """What a person wants done about a step that failed for good; None where none is asked, or none answers."""
    hold = _hold(step, run.options.hold)
    if hold is None:
        return None
    wait = await _answered(run, Wait(step, call, _repair_of(run, step, call, failure, hold)), hold.within)
    return cast(Repair | None, wait.decision)


def _hold(step: Step[Any, Any], wanted: bool | None) -> Hold | None:
    if wanted is False:
        return None
    return step.hold or (Hold() if wanted else None)


async def _answered(run: RunState, wait: Wait, within: timedelta | None) -> Wait:
    run.controls.waits.append(wait)
    run.board.waits(wait.told.step, wait.told.call, wait.told.kind, wait.told.asks)
    run.controls.show()
    try:
        await workflow.wait_condition(
            lambda: wait.decision is not None, timeout=within, timeout_summary=wait.told.asks
        )
    except TimeoutError:
        pass  # silence: what it means is declared
    finally:
        run.controls.waits.remove(wait)
    run.controls.show()
    return wait


def _approval_of(approval: Approval, call: Call) -> Waiting:
    now = workflow.now()
    return Waiting(
        kind="waiting_approval",
        step=call.step,
        call=call.number,
        since=now,
        until=now + approval.within if approval.within else None,
        silence=approval.silence,
        who=approval.by,
        may=("approve", "reject"),
        input=call.input.model_dump(mode="json"),
    )


def _repair_of(run: RunState, step: Step[Any, Any], call: Call, failure: Failure, hold: Hold) -> Waiting:
    now = workflow.now()
    bends = step.optional or step.instead is not None
    falls_back = bool(run.fallbacks) and failure.type not in NO_FALLBACK
    silence = (
        "fail"
        if failure.type == "BadInput"
        else "degrade"
        if bends
        else "fall_back"
        if falls_back
        else "fail"
    )
    may = ["retry", "edit", "give", *(["skip"] if bends else []), *(["fall_back"] if run.fallbacks else [])]
    return Waiting(
        kind="needs_repair",
        step=call.step,
        call=call.number,
        since=now,
        until=now + hold.within,
        silence=silence,
        may=tuple(may),
        input=call.input.model_dump(mode="json"),
        failures=run.log.failures(call) or [failure],
    )


def _said(decision: Decision | None) -> str:
    if decision is None:
        return "nobody in time"
    return ": ".join(filter(None, (decision.by, decision.reason)))
