"""Asks a person at the terminal what is to become of a step that waits for repair."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from fiberwise.contracts.controls import Action, Waiting
from starter.cli.documents import read_json
from starter.cli.edits import Fields, changed_fields
from starter.cli.terminal import notes, tell
from starter.cli.waiting import MEANINGS, page

NOTHING = "nothing"


@dataclass(frozen=True)
class Answer:
    """What a person wants done: `input` belongs to `edit`, `result` to `give`."""

    action: Action
    reason: str = ""
    step: str = ""
    input: Fields | None = None
    result: JsonValue = None


def can_ask() -> bool:
    """Whether somebody is there to read the question and to answer it."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def ask(waiting: Sequence[Waiting], reason: str) -> Answer | None:
    """Blocks until it is answered; None where all is to stay as it is. Raises BadInput for what cannot be read."""
    try:
        return _asked(waiting, reason)
    except EOFError:  # Ctrl-D
        return None


def _asked(waiting: Sequence[Waiting], reason: str) -> Answer | None:
    names = {f"{one.step}#{one.call}": one for one in waiting}
    one = names[_choice("Which step?", list(names))]
    notes().print(page(one))
    action = _choice("What is to be done?", [*one.may, NOTHING])
    if action == NOTHING:
        return None
    return Answer(
        next(one for one in MEANINGS if one == action),
        input=_changes(one) if action == "edit" else None,
        result=read_json(_line("Its result, as JSON or @FILE: "), "--give") if action == "give" else None,
        reason=reason or _line("Why? It is kept in the log: "),
        step=f"{one.step}#{one.call}",
    )


def _choice(question: str, known: Sequence[str]) -> str:
    """One of several, or its beginning; the only one is not asked for."""
    if len(known) == 1:
        return known[0]
    while True:
        said = _line(f"{question} ({', '.join(known)}) ")
        fits = [one for one in known if said and one.startswith(said.replace("-", "_"))]
        if len(fits) == 1:
            return fits[0]
        tell(f"`{said}` is none of them, or the beginning of several")


def _changes(one: Waiting) -> Fields:
    changes: list[str] = []
    while line := _line("Change of the input, PATH=VALUE (an empty line ends): "):
        changes.append(line)
    return changed_fields(one.input, {}, changes)


def _line(question: str) -> str:
    return notes().input(question).strip()
