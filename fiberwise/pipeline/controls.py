"""A person at the controls of one run: whether it is paused, which steps wait for a decision, what was decided."""

from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from fiberwise.contracts.controls import Control, Decision, Noted, Repair, Waiting
from fiberwise.contracts.controls import ControlKind as Kind
from fiberwise.pipeline.log import Call
from fiberwise.pipeline.step import Step

PHASE = SearchAttributeKey.for_keyword("Phase")


class Wait:
    """One step that waits for a person, and the decision once there is one."""

    def __init__(self, step: Step[Any, Any], call: Call, told: Waiting) -> None:
        self.step, self.call, self.told = step, call, told
        self.decision: Decision | None = None
        self.approved = False


class Controls:
    """Gives no command but the search attribute Phase, where a person is waited for."""

    def __init__(self) -> None:
        self.noted: list[Noted] = []
        self.waits: list[Wait] = []
        self.paused: Noted | None = None
        self._phase = "running"

    @property
    def phase(self) -> str:
        """What a person should know first: a step to mend, a step to approve, a pause."""
        kinds = {wait.told.kind for wait in self.waits if wait.decision is None}
        held = next((kind for kind in ("needs_repair", "waiting_approval") if kind in kinds), "")
        return held or ("paused" if self.paused else "running")

    def show(self) -> None:
        """Tells lists and the Web UI when the phase has changed."""
        if self.phase != self._phase:
            self._phase = self.phase
            marks = [PHASE.value_set(self._phase)]
            workflow.upsert_search_attributes(marks)  # pyright: ignore[reportUnknownMemberType]  # a gap in its types

    def close(self) -> None:
        """Nobody is waited for any more."""
        self.paused = None
        self.show()

    def known(self, request_id: str) -> Noted | None:
        """What an earlier request of the same id did: a control of the same kind, else it was refused."""
        return next((one for one in self.noted if request_id and one.request_id == request_id), None)

    def pause(self, asked: Control) -> Noted:
        if known := self.known(asked.request_id):
            return known
        self.paused = self._note("pause", asked)
        self.show()
        return self.paused

    def resume(self, asked: Control) -> Noted:
        if known := self.known(asked.request_id):
            return known
        self.paused = None
        noted = self._note("resume", asked)
        self.show()
        return noted

    def note_retry(self, asked: Decision) -> Noted:
        """Who ends a backoff, and why: the server alone can end it, and keeps neither."""
        return self.known(asked.request_id) or self._note("retry_now", asked, asked.step, asked.call)

    def decide(self, kind: Kind, asked: Decision, approved: bool = False) -> Noted:
        """Once it is decided the step goes on; until then the wait stays in `waits`."""
        if known := self.known(asked.request_id):
            return known
        wait = self.find(asked, "needs_repair" if kind == "repair" else "waiting_approval")[0]
        wait.decision, wait.approved = asked, approved
        noted = self._note(kind, asked, wait.told.step, wait.told.call)
        self.show()
        return noted

    def find(self, asked: Decision, kind: str) -> list[Wait]:
        """The undecided waits that a decision may mean: the same step where it names one."""
        return [
            wait
            for wait in self.waits
            if wait.told.kind == kind
            and wait.decision is None
            and asked.step in ("", wait.told.step)
            and asked.call in (0, wait.told.call)
        ]

    def _note(self, kind: Kind, asked: Control, step: str = "", call: int = 0) -> Noted:
        noted = Noted(
            kind=kind,
            by=asked.by,
            at=workflow.now(),
            reason=asked.reason,
            step=step,
            call=call,
            action=asked.action if isinstance(asked, Repair) else None,
            request_id=asked.request_id,
        )
        self.noted.append(noted)
        return noted
