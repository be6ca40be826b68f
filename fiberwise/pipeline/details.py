"""The run as a Markdown list, which the Temporal Web UI shows as the workflow's current details."""

from collections.abc import Iterable

from fiberwise.contracts.execution import StepProgress

MARKS = {"waiting": "○", "running": "▶", "completed": "✔", "failed": "✘", "skipped": "↷"}


def as_markdown(steps: Iterable[StepProgress], reasons: list[str], outcome: str | None) -> str:
    lines = [f"- {MARKS[step.state]} **{step.step}** {step.state}{_about(step)}" for step in steps]
    heading = [f"**Outcome: {outcome}**", ""] if outcome else []
    notes = ["", *(f"- {reason}" for reason in reasons)] if reasons else []
    return "\n".join([*heading, *lines, *notes])


def _about(step: StepProgress) -> str:
    return f" · {step.summary}" if step.summary else ""
