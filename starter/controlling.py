"""The part of the client by which a person, or a program in a person's name, acts on executions."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from fiberwise.contracts.controls import Acted, Action, Control, Decision, Repair, Waiting
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.refusals import refusal
from starter import controls, updates
from starter.connection import Connection

C = TypeVar("C", bound=Control)
Input = Mapping[str, JsonValue]


class Controlling:
    """Each call raises NotFound; Refused where it makes no sense, BadInput for what does not fit; ServiceUnavailable.

    `reason` and the client's user are kept with what was done. The same `request_id` twice is one request: with another
    kind of control it raises KeyReused. `step` is needed only where several wait: a step's name, or `extract#2` for its
    second call.
    """

    def __init__(self, reached: Connection, user: str = "", trigger: str = "api") -> None:
        self._reached, self._user, self._trigger = reached, user, trigger

    async def pause(self, id: str, reason: str = "", *, now: bool = False, request_id: str = "") -> Acted:
        """Nothing more begins until `resume`; with `now` running attempts end too, and are done again then."""
        asked = self._asked(Control, reason, request_id)
        return await controls.pause(self._reached.client, await self._open(id), asked, now=now)

    async def resume(self, id: str, reason: str = "", *, request_id: str = "") -> Acted:
        """Goes on where `pause` stopped it."""
        asked = self._asked(Control, reason, request_id)
        return await controls.resume(self._reached.client, await self._open(id), asked)

    async def approve(
        self, id: str, reason: str = "", *, step: str = "", input: Input | None = None, request_id: str = ""
    ) -> Acted:
        """Lets a step begin that waits for it, with these fields of its input changed."""
        asked = self._asked(Decision, reason, request_id, input=input, **_which(step))
        return await controls.decide(self._reached.client, await self._open(id), "approve", asked)

    async def reject(self, id: str, reason: str = "", *, step: str = "", request_id: str = "") -> Acted:
        """Keeps a step from beginning that waits for leave."""
        asked = self._asked(Decision, reason, request_id, **_which(step))
        return await controls.decide(self._reached.client, await self._open(id), "reject", asked)

    async def repair(
        self,
        id: str,
        action: Action,
        reason: str = "",
        *,
        step: str = "",
        input: Input | None = None,
        result: JsonValue = None,
        request_id: str = "",
    ) -> Acted:
        """Mends a step that failed for good and holds its run: `input` belongs to `edit`, `result` to `give`."""
        more = {"action": action, "input": input, "result": result, **_which(step)}
        asked = self._asked(Repair, reason, request_id, **more)
        return await controls.decide(self._reached.client, await self._open(id), "repair", asked)

    async def retry_now(self, id: str, reason: str = "", *, step: str = "") -> Acted:
        """Tries at once what waits in its backoff."""
        asked = self._asked(Decision, reason, "", **_which(step))
        return await controls.retry_now(self._reached.client, await self._open(id), asked)

    async def cancel(self, id: str, reason: str = "") -> Acted:
        """Asks an execution to stop, which undoes what it did and keeps its log."""
        asked = self._asked(Control, reason)
        return await controls.cancel(self._reached.client, await self._open(id), asked)

    async def terminate(self, id: str, reason: str = "") -> Acted:
        """Ends an execution where it stands, undoing nothing, and closes its record where the store is at hand."""
        asked = self._asked(Control, reason)
        acted = await controls.terminate(self._reached.client, await self._open(id), asked)
        from starter.closing import closed  # SQLAlchemy takes 0.4 s to import

        recorded = await closed(self._reached.client, self._reached.settings, acted.workflow_id)
        return acted.model_copy(update={"recorded": recorded})

    async def waiting(self, id: str) -> list[Waiting]:
        """The steps that wait for a person, with what may be done about each."""
        return await updates.waiting(self._reached.client, await self._open(id))

    async def _open(self, id: str) -> str:
        return await controls.find(self._reached.client, self._reached.settings, id)

    def _asked(self, model: type[C], reason: str, request_id: str = "", **more: object) -> C:
        known = {"by": self._user, "reason": reason, "request_id": request_id}
        try:
            return model.model_validate({**known, **more})
        except ValidationError as error:
            hint = "" if self._user else "FiberWise.connect(…, user=…) says who acts"
            raise BadInput(refusal(error, model), where="control", hint=hint) from error


def _which(step: str) -> dict[str, object]:
    """Raises BadInput for what is neither a step nor a call of one."""
    name, found, call = step.partition("#")
    if found and not call.isdigit():
        raise BadInput(
            f"`{step}` is no call of a step", where="--step", hint="for example extract, or extract#2"
        )
    return {"step": name, "call": int(call) if found else 0}
