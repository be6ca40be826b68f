"""A resilience card as Markdown, and back: it stands on the pipeline's page, and a test holds it to what happens."""

import re
from collections.abc import Sequence
from pathlib import Path

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.rehearsal import ResilienceCard, Trial

BEGIN, END = "<!-- resilience card -->", "<!-- /resilience card -->"
HEAD = (
    "| step | fault | outcome | attempts | time | gave nothing |",
    "| --- | --- | --- | --- | --- | --- |",
)
ROW = re.compile(r"^\| `(.+?)` \| (.+?) \| (.+?) \| (\d+) \| (\d+) s \| (.*?) \|$")
NOTE = (
    "Each step was made to fail in each way, one at a time, on a server that skips time. Times are a run's own, with "
    "its backoffs, in whole seconds. In a rehearsal a step has two seconds, and is missed after two of silence, "
    "instead of the declared times."
)


def as_markdown(card: ResilienceCard) -> str:
    """A line that says how it was made, a row per trial, and which steps it could not try."""
    rows = [_row(trial) for trial in card.trials]
    left = f"\n\nNot tried: {', '.join(f'`{step}`' for step in card.unreached)}." if card.unreached else ""
    return "\n".join((NOTE, "", *HEAD, *rows)) + left


def _row(trial: Trial) -> str:
    missing = ", ".join(f"`{step}`" for step in trial.missing)
    cells = (f"`{trial.step}`", trial.fault, trial.outcome, trial.attempts, f"{trial.seconds:.0f} s", missing)
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def committed(page: Path) -> Sequence[tuple[str, str, str, int, int, str]]:
    """The rows of a page's card: step, fault, outcome, attempts, seconds, what gave nothing."""
    lines = _parts(page)[1].splitlines()
    found = [match.groups() for line in lines if (match := ROW.match(line))]
    return [
        (step, fault, outcome, int(tries), int(time), gone)
        for step, fault, outcome, tries, time, gone in found
    ]


def put(page: Path, card: ResilienceCard) -> None:
    """Puts a card in the place of the one that the page holds. Raises BadInput for a page without a place."""
    before, _, after = _parts(page)
    page.write_text(f"{before}{BEGIN}\n\n{as_markdown(card)}\n\n{END}{after}", "utf-8")


def _parts(page: Path) -> tuple[str, str, str]:
    before, found, rest = page.read_text("utf-8").partition(BEGIN)
    if not found or END not in rest:
        raise BadInput(
            f"{page} has no place for a card", where=str(page), hint=f"put {BEGIN} and {END} into it"
        )
    inner, _, after = rest.partition(END)
    return before, inner, after
