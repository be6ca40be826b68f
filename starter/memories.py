"""Looks at what agents remember, and changes it by a person's hand: in the record store, so that no server is needed.

All of it blocks, for milliseconds, and raises as `reading`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, get_args

from sqlalchemy import Engine

from fiberwise.contracts.cleaning import Rule
from fiberwise.contracts.errors import BadInput, NotFound, Refused
from fiberwise.contracts.memory import (
    AGENTS,
    LONGEST_NOTE,
    LONGEST_SOURCE,
    MOST_NOTES,
    PROCESSOR,
    Memory,
    Note,
    Part,
    Remembered,
    State,
    source_name,
)
from fiberwise.contracts.remembered import Decision
from fiberwise.runtime.settings import Settings
from fiberwise.store import memory as store
from fiberwise.store.reading import reading

Forgettable = Part | Literal["notes"]
FORGETTABLE: tuple[str, ...] = (*get_args(Part), "notes")


def listed(settings: Settings, agent: str = "", limit: int = 100) -> list[Memory]:
    """The last changed first. Raises NotFound for an agent that there is none of."""
    agents = [agent_named(agent)] if agent else []
    with reading(settings.database_url) as engine:
        return store.memories(engine, agents, limit) if engine else []


def shown(settings: Settings, agent: str, source: str) -> Memory:
    """Raises NotFound; BadInput for a source that may be several; Refused for what cannot be read."""
    agent = agent_named(agent)
    with reading(settings.database_url) as engine:
        found = store.get_memory(engine, agent, _known(engine, agent, source)) if engine else None
    if found is None or (found.state.empty and not found.unreadable):
        raise _unknown(agent, source)
    if found.unreadable:
        hint = "update FiberWise, or `fiberwise agents forget` it where it is damaged"
        raise Refused(f"the memory cannot be read: {found.unreadable}", where=found.source, hint=hint)
    return found


def noted(settings: Settings, agent: str, source: str, text: str, by: str) -> Memory:
    """Adds a note, also for a source of which nothing is remembered yet. Raises as `shown`, and BadInput."""
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE or "\0" in text:
        hint = f"give 1 to {LONGEST_NOTE:,} characters"
        raise BadInput("this is no text for a note", where="note", hint=hint)

    def add(state: State) -> State:
        if len(state.notes) >= MOST_NOTES:
            hint = "`fiberwise agents forget AGENT SOURCE --note ID` makes room"
            raise Refused(f"there are {MOST_NOTES} notes already", where=source, hint=hint)
        number = max((note.id for note in state.notes), default=0) + 1
        note = Note(id=number, at=datetime.now(UTC), by=by, text=text)
        return state.model_copy(update={"notes": [*state.notes, note]})

    return _changed(settings, agent_named(agent), source, add)


def accepted(settings: Settings, source: str, rules: Sequence[str], by: str) -> Memory:
    """These rules clean the source from now on, where a run gives none. Raises as `noted`."""
    unknown = [rule for rule in rules if rule not in tuple(Rule)]
    if unknown or not rules:
        told = f"`{unknown[0]}` is no cleaning rule" if unknown else "no rule is named"
        raise BadInput(told, where="rules", hint=f"there are: {', '.join(Rule)}")
    decision = Decision(rules=tuple(rule for rule in Rule if rule in rules))
    made = Remembered(at=datetime.now(UTC), by=by, value=decision.model_dump(mode="json"))
    return _changed(settings, PROCESSOR, source, lambda state: state.with_part("decision", made))


def forgotten(
    settings: Settings, agent: str, source: str, part: Forgettable | None = None, note: int | None = None
) -> str:
    """Forgets everything, or one part, or one note; the source's whole name. Raises as `shown`."""
    agent = agent_named(agent)
    with reading(settings.database_url) as engine:
        name = _known(engine, agent, source) if engine else ""
        if not engine or not name:
            raise _unknown(agent, source)
        if part is None and note is None:
            store.forget(engine, agent, name)
        else:
            store.change(engine, agent, name, lambda state: _without(state, part, note))
    return name


def agent_named(name: str) -> str:
    """In any case of letters. Raises NotFound."""
    found = next((agent for agent in AGENTS if agent.casefold() == name.casefold()), None)
    if found is None:
        raise NotFound(f"no agent `{name}` remembers anything", hint=f"there are: {', '.join(AGENTS)}")
    return found


def _without(state: State, part: Forgettable | None, note: int | None) -> State:
    if note is not None:
        kept = [one for one in state.notes if one.id != note]
        if len(kept) == len(state.notes):
            raise NotFound(f"there is no note {note}", hint="`fiberwise agents show` numbers them")
        return state.model_copy(update={"notes": kept})
    if part == "notes":
        return state.model_copy(update={"notes": []})
    return state.model_copy(
        update={"parts": {name: kept for name, kept in state.parts.items() if name != part}}
    )


def _changed(settings: Settings, agent: str, source: str, by: store.Change) -> Memory:
    with reading(settings.database_url) as engine:
        if engine is None:
            raise NotFound("there is no record store here yet", hint="it comes with the first run")
        name = _known(engine, agent, source) or source_name(source)
        if not name:
            hint = f"give the name that `fiberwise agents list` shows, at most {LONGEST_SOURCE} characters"
            raise BadInput(f"`{source[:40]}` cannot be the name of a source", where="source", hint=hint)
        return store.change(engine, agent, name, by)


def _known(engine: Engine, agent: str, asked: str) -> str:
    """The whole name of a source that an agent knows: it may be given by its file name while that is unique."""
    names = store.sources(engine, agent)
    if asked in names:
        return asked
    found = [name for name in names if asked and name.endswith(f"/{asked}")]
    if len(found) > 1:
        raise BadInput(f"`{asked}` may be {', '.join(found[:3])}", where="source", hint="give the whole name")
    return found[0] if found else ""


def _unknown(agent: str, source: str) -> NotFound:
    hint = f"`fiberwise agents list --agent {agent}` shows the sources that it knows"
    return NotFound(f"{agent} remembers nothing of `{source}`", where="source", hint=hint)
