"""The progress of a run on stderr: a live table on a terminal, one plain line per change elsewhere."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from fiberwise.contracts.execution import StepProgress
from fiberwise.contracts.view import ExecutionView, PendingStep, RunAnswer
from fiberwise.pipeline import details
from fiberwise.pipeline.details import due
from starter.amounts import duration
from starter.cli.terminal import Notes, notes
from starter.cli.waiting import to_type

MARKS: dict[str, str] = {
    **details.MARKS, "waiting": "·", "completed": "✓", "failed": "✗", "skipped": "–"
}  # fmt: skip
STYLES: dict[str, str] = {
    "waiting": "note", "running": "name", "completed": "good", "failed": "bad", "skipped": "poor",
    "substituted": "poor", "undone": "poor", "paused": "poor", "waiting_approval": "poor", "needs_repair": "bad",
}  # fmt: skip


class Board(Protocol):
    def show(self, view: ExecutionView) -> None: ...

    def end(self, found: RunAnswer) -> None: ...


@contextmanager
def board() -> Generator[Board]:
    console = notes()
    if not console.is_terminal:
        yield Lines(console)
        return
    with Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        yield Picture(live)


class Picture:
    """Redrawn at each look."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._last: ExecutionView | None = None

    def show(self, view: ExecutionView) -> None:
        self._last = view if view.steps or not self._last else self._last
        self._live.update(_picture(self._last.model_copy(update=_now(view))), refresh=True)

    def end(self, found: RunAnswer) -> None:
        self._live.update(_ended(found), refresh=True)


class Lines:
    """A line for each change, and nothing twice."""

    def __init__(self, console: Notes) -> None:
        self._console = console
        self._said: set[str] = set()

    def show(self, view: ExecutionView) -> None:
        self._say(f"{view.workflow_id}: {view.phase if view.phase != 'ended' else view.outcome}")
        if view.cause:
            self._say(f"{view.phase}: {view.cause}")
        if command := to_type(view):
            self._say(f"  {command}")
        pending = {step.step: step for step in view.pending}
        for step in view.steps:
            if step.state != "waiting":
                self._say(_line(step, pending.get(step.step)))

    def end(self, found: RunAnswer) -> None:
        for entry in found.execution_log:
            if f"{entry.step}: {entry.status}" in self._said:
                continue
            error = f": {entry.error.message}" if entry.error else ""
            took = f" in {duration(entry.duration_ms)}" if entry.duration_ms is not None else ""
            attempt = f" (attempt {entry.attempt})" if entry.attempt > 1 else ""
            self._say(f"{entry.step}: {entry.status}{took}{attempt}{error}")
        self._say(f"{found.workflow_id}: {found.outcome}")

    def _say(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._console.print(text)


def _line(step: StepProgress, pending: PendingStep | None) -> str:
    about = f" ({step.summary})" if step.summary else ""
    if step.state != "running" or not pending or pending.attempt == 1:
        return f"{step.step}: {step.state}{about if step.state == 'running' else ''}"
    if pending.state == "backing_off":
        return f"{step.step}: attempt {pending.attempt} is due after: {pending.last_failure}"
    if pending.state == "paused":
        return f"{step.step}: attempt {pending.attempt} is held back until `resume`"
    return f"{step.step}: attempt {pending.attempt} runs"


def _now(view: ExecutionView) -> dict[str, object]:
    return {name: getattr(view, name) for name in ("phase", "cause", "pending", "waiting")}


def _picture(view: ExecutionView) -> Group:
    age = (datetime.now(UTC) - view.started_at).total_seconds() * 1000
    table = _frame()
    pending = {step.step: step for step in view.pending}
    for step in due(view.steps):
        style = STYLES[step.state]
        table.add_row(
            Text(MARKS[step.state], style), Text(step.step, style), _doing(step, pending.get(step.step))
        )
    if view.cause and not view.waiting:  # the step that waits says why by itself
        table.add_row(Text("!", "bad"), Text(view.phase, "bad"), _told(view.cause))
    if command := to_type(view):
        table.add_row("", "", Text(f"→ {command}", "name"))
    return Group(_title(f"{view.workflow_id}  {view.phase}  {duration(age)}"), table)


def _doing(step: StepProgress, pending: PendingStep | None) -> Text:
    if not pending:
        return _told(step.summary, "note")
    since = pending.next_attempt_at or pending.since
    seconds = abs((datetime.now(UTC) - since).total_seconds()) if since else 0
    if pending.state == "backing_off":
        return _told(f"attempt {pending.attempt} in {seconds:.0f} s, after: {pending.last_failure}", "poor")
    if pending.state == "paused":
        return _told(f"attempt {pending.attempt} is held back until `resume`", "poor")
    again = f"attempt {pending.attempt} · " if pending.attempt > 1 else ""
    state = "waits for a worker · " if pending.state == "scheduled" and seconds > 1 else ""
    return _told(f"{seconds:.1f} s · {again}{state}{step.summary}")


def _ended(found: RunAnswer) -> Group:
    marks = {"completed": "completed", "cached": "completed", "failed": "failed", "lost": "failed"}
    table = _frame()
    for entry in found.execution_log:
        state = marks.get(entry.status, "skipped")
        told = duration(entry.duration_ms) if entry.duration_ms is not None else entry.status
        again = f" · attempt {entry.attempt}" if entry.attempt > 1 else ""
        error = f" · {entry.error.message}" if entry.error else ""
        table.add_row(
            Text(MARKS[state], STYLES[state]), Text(entry.step, STYLES[state]), _told(told + again + error)
        )
    return Group(_title(f"{found.workflow_id}  {found.outcome}"), table)


def _title(text: str) -> Text:
    return Text(text, "head", no_wrap=True, overflow="ellipsis")


def _frame() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    # To the table it may wrap: of columns that all may not, it narrows each, and so the names.
    table.add_column()
    return table


def _told(text: str, style: str = "") -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def step_table(view: ExecutionView) -> Group:
    """Where each step stands, for a look at one moment."""
    return _picture(view)
