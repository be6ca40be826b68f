"""Made facts of a run: seconds after its start instead of times."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.controls import ControlKind, Noted
from fiberwise.contracts.execution import Entry, EntryStatus, Metadata
from fiberwise.contracts.view import ExecutionView, PendingStep
from fiberwise.contracts.why import Origin
from starter.why.facts import Earlier, Facts

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ID = "0f1e2d3c-0503-47ae-9119-ed19814ed037"
BEFORE = "1a2b3c4d-0503-47ae-9119-ed19814ed037"
STEPS = ("generate", "ingest", "extract", "transform", "synthesize", "analyze")
REFUSED = Failure(type="ConnectionError", message="the model refused the connection")
BROKE = Failure(type="InjectedFault", message="failed on purpose", retryable=False)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def entry(
    step: str,
    begun: float | None = None,
    ended: float | None = None,
    *,
    attempt: int = 1,
    status: EntryStatus = "completed",
    waited: float = 0.0,
    error: Failure | None = None,
    **more: Any,
) -> Entry:
    """An attempt that began and ended so many seconds after the run did; it waited so long for a worker."""
    return Entry(
        seq=0,
        step=step,
        activity=step,
        attempt=attempt,
        status="failed" if error and status == "completed" else status,
        started_at=after(begun) if begun is not None else None,
        completed_at=after(ended) if ended is not None else None,
        waited_ms=waited * 1000 if begun is not None else None,
        error=error,
        **more,
    )


def ended(outcome: str, seconds: float, log: list[Entry], **more: Any) -> Facts:
    """A run that ended so many seconds after its start."""
    status = "failed" if outcome in ("failed", "cancelled", "timed_out") else "completed"
    times = {"completed_at": after(seconds), "duration_ms": seconds * 1000}
    seen = _seen(status=status, outcome=outcome, phase="ended", reasons=more.pop("reasons", []), **times)
    return Facts(seen, after(seconds + 60), log=log, declared=STEPS, **_usual(more))


def running(seconds: float, log: list[Entry], pending: list[PendingStep], **more: Any) -> Facts:
    """A run that is looked at so many seconds after its start."""
    known = {name: more.pop(name) for name in ("phase", "cause", "steps", "waiting") if name in more}
    seen = _seen(**{"status": "running", "phase": "running", "pending": pending} | known)
    return Facts(seen, after(seconds), log=log, declared=STEPS, **_usual(more))


def earlier(log: list[Entry], **versions: str) -> Earlier:
    """The run of the day before that went well."""
    return Earlier(BEFORE, START - timedelta(days=1), 4000.0, log, Metadata(**versions))


def noted(kind: ControlKind, seconds: float, step: str = "", call: int = 1) -> Noted:
    return Noted(kind=kind, by="ann", at=after(seconds), step=step, call=call)


def _usual(more: dict[str, Any]) -> dict[str, Any]:
    return {"origin": Origin(user="ann", trigger="cli", source="orders.csv")} | more


def _seen(**fields: Any) -> ExecutionView:
    usual = {"pipeline": "complex-multi-agent", "run_id": "r", "started_at": START}
    named = {"execution_id": ID, "workflow_id": f"complex-multi-agent/{ID}"}
    return ExecutionView.model_validate(usual | named | fields)
