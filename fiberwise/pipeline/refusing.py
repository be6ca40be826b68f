"""Controls that make no sense are refused before they enter history, with the reason."""

from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.controls import Control, ControlKind, Decision, Noted, Repair
from fiberwise.contracts.refusals import refusal
from fiberwise.pipeline.controls import Controls, Wait


def refused(text: str) -> ApplicationError:
    """What the validator of an update raises: the caller reads it, history holds nothing of it."""
    return ApplicationError(text, type="Refused", non_retryable=True)


def check_pause(controls: Controls, asked: Control) -> None:
    if not check_known(controls, "pause", asked) and controls.paused:
        raise refused(f"it is paused already, since {controls.paused.at:%H:%M:%S} by {controls.paused.by}")


def check_resume(controls: Controls, asked: Control) -> None:
    if not check_known(controls, "resume", asked) and not controls.paused:
        raise refused("it is not paused")


def check_approval(controls: Controls, asked: Decision, approves: bool) -> None:
    """Who asks must be one who may; an input is checked against the step's model."""
    if check_known(controls, "approve" if approves else "reject", asked):
        return
    wait = _one(controls, asked, "waiting_approval")
    if wait.told.who and asked.by not in wait.told.who:
        raise refused(f"`{asked.by}` may not decide on {wait.told.step}: {', '.join(wait.told.who)} may")
    if asked.input and not approves:
        raise refused("a rejected step has no input to change")
    _check_input(wait, asked)


def check_repair(controls: Controls, asked: Repair) -> None:
    """What is asked must be among what may be done; input and result are checked against the step's models."""
    if check_known(controls, "repair", asked):
        return
    wait = _one(controls, asked, "needs_repair")
    if asked.action not in wait.told.may:
        raise refused(
            f"{wait.told.step} cannot be mended by `{asked.action}`: {', '.join(wait.told.may)} can"
        )
    if (asked.action == "edit") != (asked.input is not None):
        raise refused("an input belongs to `edit`, and `edit` needs one")
    if (asked.action == "give") != (asked.result is not None):
        raise refused("a result belongs to `give`, and `give` needs one")
    _check_input(wait, asked)
    _check_result(wait, asked)


def check_known(controls: Controls, kind: ControlKind, asked: Control) -> Noted | None:
    """What the same request did before. Refused as KeyReused where that was another kind of control."""
    earlier = controls.known(asked.request_id)
    if earlier and earlier.kind != kind:
        text = f"the request id `{asked.request_id}` was used for `{earlier.kind}`: give another"
        raise ApplicationError(text, type="KeyReused", non_retryable=True)
    return earlier


def _one(controls: Controls, asked: Decision, kind: str) -> Wait:
    found = controls.find(asked, kind)
    what = "approval" if kind == "waiting_approval" else "repair"
    waiting = [f"{wait.told.step}#{wait.told.call}" for wait in controls.find(Decision(by="-"), kind)]
    if not found and waiting:
        raise refused(f"`{asked.step}` waits for no {what}: {', '.join(waiting)} does")
    if not found:
        raise refused(f"no step waits for {what}")
    if len(found) > 1:
        raise refused(f"several steps wait for {what}: name one of {', '.join(waiting)}")
    return found[0]


def _check_input(wait: Wait, asked: Decision) -> None:
    unknown = sorted(set(asked.input or {}) - set(type(wait.call.input).model_fields))
    if unknown:
        raise refused(f"the input of {wait.told.step} has no field `{unknown[0]}`")
    try:
        wait.call.with_input(asked.input or {})
    except ValidationError as error:
        raise refused(f"input of {wait.told.step}: {refusal(error, type(wait.call.input))}") from error


def _check_result(wait: Wait, asked: Repair) -> None:
    if asked.action != "give":
        return
    try:
        wait.step.read_output(asked.result)
    except ValidationError as error:
        raise refused(f"result of {wait.told.step}: {refusal(error, wait.step.output_type)}") from error
