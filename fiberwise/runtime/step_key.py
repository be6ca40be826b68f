"""The key that a body passes on to what it calls, so that what is asked for again there is not done again."""

from contextvars import ContextVar

from temporalio import activity

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.identity import execution_id_of

origin: ContextVar[str] = ContextVar(
    "the first of a line of retries, where the run is not that itself", default=""
)
_handed_over: ContextVar[str] = ContextVar("the key of the call that a child process works for", default="")


def step_key() -> str:
    """`<execution id>/<step>#<call>`: one key for a call of a step, however often its body runs.

    It stays the same over attempts, repairs, restarts of worker and server, and over `retry` of an execution that
    ended: the id is that of the first one. What stands in for a step, or undoes it, has a key of its own.
    Works in a body and in what it hands to `compute`; raises RuntimeError anywhere else.
    """
    if not (key := known()):
        raise RuntimeError("no step is under way here, so there is no key to pass on")
    return key


def known() -> str:
    """The key; empty where no step is under way."""
    if not activity.in_activity():
        return _handed_over.get()
    info = activity.info()
    found = ActivityId.read(info.activity_id)
    if not found.call:
        return ""
    execution_id = origin.get() or execution_id_of(info.workflow_id or "")
    return f"{execution_id}/{found.of_call if found.is_round else found}"


def hand_over(key: str) -> None:
    """Says in a child process for which call it works from now on."""
    _handed_over.set(key)
