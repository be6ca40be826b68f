"""The run as Markdown, which the Temporal Web UI shows as the workflow's current details."""

from collections.abc import Iterable, Sequence

from fiberwise.contracts.execution import StepProgress, StepState
from fiberwise.contracts.identity import short_id

MARKS: dict[StepState, str] = {
    "waiting": "○",
    "running": "▶",
    "completed": "✔",
    "failed": "✘",
    "skipped": "↷",
    "substituted": "≈",
    "undone": "↶",
    "paused": "‖",
    "waiting_approval": "?",
    "needs_repair": "!",
}
ASKS: dict[StepState, str] = {"paused": "resume", "waiting_approval": "approve", "needs_repair": "repair"}
"""By which command a person answers a step that waits."""
LONGEST = 300  # characters of what a step says of itself; the log has all of it


def as_markdown(
    about: str, steps: Sequence[StepProgress], reasons: Iterable[str] = (), outcome: str | None = None
) -> str:
    """What the run works on, how it ended, why, and a list of its steps."""
    heading = " · ".join(part for part in (f"**Outcome: {outcome}**" if outcome else "", about) if part)
    why = "; ".join(reason for reason in reasons if not _told(reason, steps))
    listed = "\n".join(_row(step, outcome) for step in due(steps))
    return "\n\n".join(part for part in (heading, f"Why: {_line(why)}" if why else "", listed) if part)


def due(steps: Sequence[StepProgress]) -> list[StepProgress]:
    """Without those that the run has passed by: another step did their work."""
    reached = max((place for place, step in enumerate(steps) if step.state != "waiting"), default=-1)
    return [step for place, step in enumerate(steps) if step.state != "waiting" or place > reached]


def next_commands(workflow_id: str, outcome: str | None, steps: Iterable[StepProgress] = ()) -> str:
    """What to type in a terminal to answer a step that waits, and to see more than this page can show."""
    name = short_id(workflow_id)
    asked = [ASKS[step.state] for step in steps if step.state in ASKS]
    if outcome is None and asked:
        return f"It waits for you. In a terminal: `fiberwise {asked[0]} {name}`"
    if outcome is None:
        return f"In a terminal: `fiberwise watch {name}`"
    more = f"`fiberwise log {name}` (each attempt)"
    if outcome != "full":
        more = f"`fiberwise why {name}` (what failed, and what to do now)"
    return f"In a terminal: `fiberwise show {name}` (the whole result), {more}"


def _row(step: StepProgress, outcome: str | None) -> str:
    state = "not reached" if outcome and step.state == "waiting" else step.state.replace("_", " ")
    about = f" · {_line(step.summary)}" if step.summary else ""
    return f"- {MARKS[step.state]} **{step.step}** {state}{about}"


def _told(reason: str, steps: Iterable[StepProgress]) -> bool:
    """A failed step's own row says why."""
    return any(step.state == "failed" and reason.startswith(f"{step.step} failed") for step in steps)


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
