"""Which kind a column is of, once all chunks are known: the same rules as for a whole column (kinds.py)."""

from collections.abc import Collection
from typing import NamedTuple

from activities.agents.data_processor.figures import LARGEST, SMALLEST
from activities.agents.data_processor.forms import DATE_FORMS
from activities.agents.data_processor.kinds import BIG, EITHER_WAY, FINE, NOTES, UNEVEN, as_shares
from activities.agents.data_processor.streamed.facts import Facts
from activities.agents.data_processor.streamed.readings import TEXT
from fiberwise.contracts.dataset import Kind


class Verdict(NamedTuple):
    """`reading` is the one that gives the values of the kind."""

    kind: Kind
    reading: str = TEXT
    in_utc: bool = False
    notes: tuple[str, ...] = ()


def decide(facts: Facts, fitting: Collection[str]) -> Verdict:
    """`fitting` are the readings that fit every value of every chunk."""
    for kind in (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.DATE):
        if kind in fitting:
            return Verdict(kind, kind.value)
    if Kind.DATETIME in fitting:
        return _instants(facts)
    match [form for form in DATE_FORMS if form in fitting]:
        case [form]:
            return Verdict(Kind.DATE, form)
        case []:
            return Verdict(Kind.TEXT)
        case _:
            return Verdict(Kind.TEXT, notes=(EITHER_WAY,))


def mixture(facts: Facts) -> dict[str, float] | None:
    """The share of each kind among the values of a text column; an integer counts as integer only."""
    found = dict(facts.kinds)
    found[Kind.NUMBER] -= found[Kind.INTEGER]
    found[Kind.TEXT] = facts.count - sum(found.values())
    return as_shares(found, facts.count) if facts.count else None


def notes_of_integers(low: float, high: float) -> list[str]:
    return [NOTES[BIG]] if low < SMALLEST or high > LARGEST else []


def _instants(facts: Facts) -> Verdict:
    in_utc, uneven = facts.offsets > 0, 0 < facts.offsets < facts.count
    note = (NOTES[UNEVEN],) if uneven else (NOTES[FINE],) if facts.finer else ()
    return Verdict(Kind.DATETIME, Kind.DATETIME.value, in_utc, note)
