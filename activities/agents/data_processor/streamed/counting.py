"""What each rule changed, counted chunk by chunk and summed; examples are those that the whole would show."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

import polars as pl

from activities.agents.data_processor.rules import EXAMPLES, LOOKED_AT, differences, first_changes, told
from fiberwise.contracts.cleaning import Plan, Rule, RuleCount
from fiberwise.contracts.payload import Payload


class Example(NamedTuple):
    """A change as it is shown, a key that equal ones share, and the how manieth of the chunk it is (from 0)."""

    at: int
    key: str
    text: str


class Changes(Payload):
    """What a rule changed in the column at `place`: so many cells, and the first that differ from each other."""

    rule: Rule
    place: int
    count: int
    examples: list[Example] = []


class Tally:
    """The sum over chunks, which are given in their order."""

    def __init__(self) -> None:
        self._found: dict[tuple[Rule, int], Changes] = {}

    def add(self, changes: Iterable[Changes]) -> None:
        for one in changes:
            key = (one.rule, one.place)
            self._found[key] = _sum(self._found[key], one) if key in self._found else one

    def counts(self, rule: Rule, names: Sequence[str]) -> list[RuleCount]:
        """In the order of the columns; of no column where nothing was changed."""
        places = sorted(place for by, place in self._found if by is rule)
        found = [self._found[rule, place] for place in places]
        return [_count(one, names[one.place]) for one in found] or [
            RuleCount(rule=rule, column=None, count=0, unit="cells")
        ]


def changes_of(rule: Rule, first: int, before: pl.DataFrame, after: pl.DataFrame) -> list[Changes]:
    """Of neighbouring columns, the first of which is at the place `first`."""
    places = {name: place for place, name in enumerate(before.columns, first)}
    return [
        Changes(rule=rule, place=places[name], count=count, examples=_first(before[name], after[name]))
        for name, count in differences(before, after).items()
    ]


def removed_rows(rule: Rule, count: int, examples: Iterable[str]) -> RuleCount:
    return RuleCount(rule=rule, column=None, count=count, unit="rows", examples=list(examples)[:EXAMPLES])


def repeats_told(plan: Plan, count: int) -> RuleCount:
    """Where chunks are missing, rows that the plan shows may not have been taken out."""
    return removed_rows(Rule.DUPLICATE_ROWS, count, plan.first_repeats[:count])


def _first(before: pl.Series, after: pl.Series) -> list[Example]:
    found: dict[str, Example] = {}
    for at, change in enumerate(first_changes(before, after)):
        key = sha256(repr(change).encode(errors="surrogatepass")).hexdigest()
        if key not in found:
            found[key] = Example(at, key, told(change))
            if len(found) == EXAMPLES:
                break
    return list(found.values())


def _sum(one: Changes, other: Changes) -> Changes:
    later = (Example(one.count + at, key, text) for at, key, text in other.examples)
    known = {example.key for example in one.examples}
    more = [example for example in later if example.at < LOOKED_AT and example.key not in known]
    examples = [*one.examples, *more][:EXAMPLES]
    return one.model_copy(update={"count": one.count + other.count, "examples": examples})


def _count(one: Changes, name: str) -> RuleCount:
    texts = [example.text for example in one.examples]
    return RuleCount(rule=one.rule, column=name, count=one.count, unit="cells", examples=texts)
