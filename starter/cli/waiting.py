"""What waits for a person, as that person reads it: what a step was given, what went wrong, what may be done."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import JsonValue
from pydantic_core import to_json
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.controls import Action, Waiting
from fiberwise.contracts.identity import short_id
from fiberwise.contracts.view import ExecutionView
from fiberwise.pipeline.details import ASKS
from starter.amounts import duration

SHOWN = 80  # characters of one field; --json has all

MEANINGS: dict[Action, tuple[str, str]] = {
    "retry": ("--retry", "try it again as it is"),
    "edit": ("--set PATH=VALUE, --edit JSON", "try it again with its input changed"),
    "give": ("--give JSON", "take this for its result"),
    "skip": ("--skip", "go on without it: the run is degraded"),
    "fall_back": ("--fall-back", "let the fallback pipeline do the work"),
}
"""What may be done about a step that needs repair: the flag, and what comes of it."""


def to_type(seen: ExecutionView) -> str:
    """The command that answers a run which waits for a person; empty where it waits for none."""
    commands = (command for state, command in ASKS.items() if state == seen.phase)
    return "".join(f"fiberwise {command} {short_id(seen.workflow_id)}" for command in commands)


def page(one: Waiting) -> RenderableType:
    return Group(*_parts(one))


def _parts(one: Waiting) -> Iterator[RenderableType]:
    kind, waited = one.kind.replace("_", " "), datetime.now(UTC) - one.since
    age = duration(waited.total_seconds() * 1000)
    yield Text.assemble((f"{one.step}#{one.call}", "head"), "  ", (kind, "poor"), f"  for {age} now")
    yield Text("Input", "head")
    yield _input(one.input)
    if one.failures:
        yield Text("Attempts", "head")
        yield _failures(one.failures)
    yield Text("You may", "head")
    yield _actions(one)
    if one.until:
        yield Text(f"If nobody answers by {one.until:%Y-%m-%d %H:%M} UTC, {one.without_answer}.")


def _input(value: JsonValue) -> Table:
    """A line per field, each cut to size: an input may hold a whole profile."""
    table = _table()
    for name, held in (value if isinstance(value, dict) else {"": value}).items():
        text = to_json(held).decode()
        table.add_row(Text(name, "name"), text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…")
    return table


def _failures(failures: list[Failure]) -> Table:
    table = _table()
    for number, failure in enumerate(failures, 1):
        where = f" [{failure.where}]" if failure.where else ""
        told = Text(f"{failure.type}: {failure.message}{where}", "bad")
        table.add_row(
            str(failure.attempt or number), told.append(f"\n{failure.hint}" if failure.hint else "", "poor")
        )
    return table


def _actions(one: Waiting) -> Table:
    table = _table()
    for flag, meaning in (MEANINGS[action] for action in MEANINGS if action in one.may):
        table.add_row(Text(flag, "name"), meaning)
    return table


def _table() -> Table:
    return Table(box=None, show_header=False, padding=(0, 0, 0, 2))
