"""What the `agents` commands print, from the record store: they need no server."""

from collections.abc import Iterator
from typing import cast

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.memory import PARTS, Memory, Part, Remembered
from fiberwise.runtime.settings import Settings
from starter import memories
from starter.amounts import ago, count, share, size
from starter.cli.ordering import current_user
from starter.cli.terminal import answer, answer_json, tell

HEADS: dict[Part, str] = {"profile": "Profiles", "decision": "Accepted rules", "judgement": "Judgements"}


def show_list(settings: Settings, agent: str, limit: int, as_json: bool) -> int:
    """Raises NotFound for an agent that there is none of."""
    found = memories.listed(settings, agent, limit)
    if not settings.memory:
        tell("memory is turned off (FIBERWISE_MEMORY): runs neither use what is listed nor add to it")
    if as_json:
        answer_json([one.model_dump(mode="json", exclude={"state"}) | _counted(one) for one in found])
    elif found:
        answer(_listed(found))
    else:
        tell("nothing is remembered: a run on a named data set teaches the agents")
    return 0


def show_one(settings: Settings, agent: str, source: str, as_json: bool) -> int:
    """Raises NotFound; BadInput for a source that may be several; Refused for what cannot be read."""
    found = memories.shown(settings, agent, source)
    answer_json(found) if as_json else answer(Group(*_page(found)))
    return 0


def note(settings: Settings, agent: str, source: str, text: str, as_json: bool) -> int:
    """Raises as `show_one`."""
    found = memories.noted(settings, agent, source, text, current_user())
    newest = found.state.notes[-1]
    answer_json(found) if as_json else answer(f"note {newest.id} of {found.agent} on {found.source}")
    return 0


def accept(settings: Settings, source: str, rules: list[str], as_json: bool) -> int:
    """Raises as `show_one`."""
    found = memories.accepted(settings, source, rules, current_user())
    answer_json(found) if as_json else answer(f"{found.source} is cleaned by: {_rules(found)}")
    return 0


def forget(settings: Settings, agent: str, source: str, part: str, note: int | None, as_json: bool) -> int:
    """Raises as `show_one`; BadInput for a part that there is none of."""
    if part and part not in memories.FORGETTABLE:
        hint = f"there are: {', '.join(memories.FORGETTABLE)}"
        raise BadInput(f"`{part}` is no part of a memory", where="--part", hint=hint)
    chosen = cast(memories.Forgettable, part) if part else None
    name = memories.forgotten(settings, agent, source, chosen, note)
    what = f"note {note}" if note is not None else part or "everything"
    told = {"agent": memories.agent_named(agent), "source": name, "forgotten": what}
    answer_json(told) if as_json else answer(f"{told['agent']} forgot {what} of {name}")
    return 0


def _counted(one: Memory) -> dict[str, int]:
    parts = {part: len(one.state.parts.get(part, [])) for part in PARTS.get(one.agent, ())}
    return {**parts, "notes": len(one.state.notes)}


def _listed(found: list[Memory]) -> Table:
    table = _table("agent", "source", "remembers", ">size", "changed", "by")
    for one in found:
        kept = ", ".join(
            count(number, part.removesuffix("s")) for part, number in _counted(one).items() if number
        )
        by = one.execution_id[:8] or "a person"
        row = [one.unreadable or kept, size(one.bytes), ago(one.updated_at), by]
        table.add_row(one.agent, Text(one.source, "name"), *row)
    return table


def _page(one: Memory) -> Iterator[RenderableType]:
    yield Text.assemble((one.agent, "head"), "  ", (one.source, "name"))
    by = f"execution {one.execution_id}" if one.execution_id else "a person"
    yield Text(f"revision {one.revision} · changed {ago(one.updated_at)} by {by} · {size(one.bytes)}", "note")
    for part in PARTS[one.agent]:
        if kept := one.state.parts.get(part):
            yield Text(f"\n{HEADS[part]}", "head")
            table = _table("when", "of", "")
            for remembered in kept:
                of = remembered.by or remembered.execution_id[:8]
                table.add_row(ago(remembered.at), Text(of, "name"), _told(part, remembered))
            yield table
    if one.state.notes:
        yield Text("\nNotes", "head")
        table = _table(">", "when", "by", "")
        for noted in one.state.notes:
            table.add_row(str(noted.id), ago(noted.at), noted.by, noted.text)
        yield table


def _told(part: Part, remembered: Remembered) -> str:
    """In a few words; `--json` has all of it. A memory is data: a part may be of another version."""
    value = remembered.value
    if part == "decision":
        return _listed_in(value.get("rules"))
    if part == "judgement":
        score = value.get("score")
        quality = share(score) if isinstance(score, float | int) else "unknown"
        return f"quality {quality}, findings: {_listed_in(value.get('findings'))}"
    columns, rows, left_out = value.get("columns"), value.get("rows"), value.get("left_out")
    known = (
        f"{rows:,} rows, {len(columns):,} columns"
        if isinstance(rows, int) and isinstance(columns, list)
        else ""
    )
    return known + (f", {left_out:,} more left out" if isinstance(left_out, int) and left_out else "")


def _listed_in(value: object) -> str:
    found = cast(list[object], value) if isinstance(value, list) else []
    return ", ".join(str(one) for one in found) or "none"


def _rules(found: Memory) -> str:
    newest = found.state.newest("decision")
    return _listed_in(newest.value.get("rules")) if newest else "none"


def _table(*names: str) -> Table:
    """A name that begins with `>` is of a column of numbers; the last column gives way."""
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for name in names:
        justify = "right" if name.startswith(">") else "left"
        table.add_column(name.lstrip(">"), justify=justify, no_wrap=name != names[-1])
    return table
