"""The updates that every pipeline answers: validated, idempotent by request id, each noted with who and why."""

from temporalio import workflow

from fiberwise.contracts.controls import Control, Decision, Noted, Repair
from fiberwise.pipeline import refusing
from fiberwise.pipeline.state import RunState


class Controlled:
    """The part of a pipeline that people and programs act on while it runs."""

    def __init__(self, run: RunState) -> None:
        self._run = run

    @workflow.update
    def pause(self, asked: Control) -> Noted:
        """No step begins until `resume`; running attempts end by themselves."""
        return self._run.controls.pause(asked)

    @pause.validator
    def _check_pause(self, asked: Control) -> None:
        self._check_open()
        refusing.check_pause(self._run.controls, asked)

    @workflow.update
    def resume(self, asked: Control) -> Noted:
        """Goes on where `pause` stopped it."""
        return self._run.controls.resume(asked)

    @resume.validator
    def _check_resume(self, asked: Control) -> None:
        self._check_open()
        refusing.check_resume(self._run.controls, asked)

    @workflow.update
    def approve(self, asked: Decision) -> Noted:
        """Lets a step begin that waits for a person, with changed fields of its input where given."""
        return self._run.controls.decide("approve", asked, approved=True)

    @approve.validator
    def _check_approve(self, asked: Decision) -> None:
        self._check_open()
        refusing.check_approval(self._run.controls, asked, approves=True)

    @workflow.update
    def reject(self, asked: Decision) -> Noted:
        """Keeps a step from beginning: a required one then fails the run, an optional one is left out."""
        return self._run.controls.decide("reject", asked)

    @reject.validator
    def _check_reject(self, asked: Decision) -> None:
        self._check_open()
        refusing.check_approval(self._run.controls, asked, approves=False)

    @workflow.update
    def repair(self, asked: Repair) -> Noted:
        """Mends a step that has used up its attempts and holds the run."""
        return self._run.controls.decide("repair", asked)

    @repair.validator
    def _check_repair(self, asked: Repair) -> None:
        self._check_open()
        refusing.check_repair(self._run.controls, asked)

    @workflow.update
    def note_retry_now(self, asked: Decision) -> Noted:
        """Takes down who lets a step not wait for the rest of its backoff; ending it is left to who asks."""
        return self._run.controls.note_retry(asked)

    @note_retry_now.validator
    def _check_retry_now(self, asked: Decision) -> None:
        # Also what undoes a step may be told to try at once: it does so while the run is ending.
        self._check_not_ended()
        refusing.check_known(self._run.controls, "retry_now", asked)

    def _check_open(self) -> None:
        self._check_not_ended()
        if self._run.is_ending():
            raise refusing.refused("the run is ending")

    def _check_not_ended(self) -> None:
        if self._run.outcome:
            raise refusing.refused(f"the run has ended: {self._run.outcome}")
