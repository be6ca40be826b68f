"""What is counted of a column, chunk by chunk: sums of it are the same in any order."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

from collections.abc import Iterable, Mapping

import polars as pl

from activities.agents.data_processor import forms
from activities.agents.data_processor.kinds import TYPED
from activities.agents.data_processor.patterns import PATTERNS
from fiberwise.contracts.dataset import Kind
from fiberwise.contracts.payload import Payload


class Facts(Payload):
    """Of `count` non-null values: how long in characters, how many of each kind and pattern.

    An integer counts as a number too; dates and datetimes are those that a calendar has.
    """

    count: int = 0
    shortest: int | None = None
    longest: int | None = None
    kinds: dict[Kind, int] = {}
    patterns: dict[str, int] = {}
    true: int = 0
    offsets: int = 0
    finer: int = 0


NOTHING = Facts()


def count_facts(table: pl.DataFrame, look: Kind | None) -> Facts:
    """Of a tally of whole texts, all of which look like the kind (None: not all like one)."""
    if not table.height:
        return NOTHING
    length = pl.col("text").str.len_chars()
    ends = table.select(length.min().alias("shortest"), length.max().alias("longest")).row(0)
    tests = _tests(look)
    hits = table.select(pl.col("count").filter(test).sum().alias(name) for name, test in tests.items()).row(0)
    found = dict(zip(tests, hits, strict=True))
    kinds = {kind: found.get(kind.value, 0) for kind in TYPED}
    kinds |= {kind: _valid(table, kind) for kind in (Kind.DATE, Kind.DATETIME) if kinds[kind]}
    return Facts(
        count=int(table["count"].sum()),
        shortest=ends[0],
        longest=ends[1],
        kinds=kinds,
        patterns={name: found.get(f"pattern {name}", 0) for name in PATTERNS},
        **{name: found.get(name, 0) for name in OTHERS},
    )


def total(facts: Iterable[Facts]) -> Facts:
    """The facts of all chunks together."""
    found = [one for one in facts if one.count]
    return Facts(
        count=sum(one.count for one in found),
        shortest=min((one.shortest for one in found if one.shortest is not None), default=None),
        longest=max((one.longest for one in found if one.longest is not None), default=None),
        kinds={kind: sum(one.kinds.get(kind, 0) for one in found) for kind in TYPED},
        patterns={name: sum(one.patterns.get(name, 0) for one in found) for name in PATTERNS},
        true=sum(one.true for one in found),
        offsets=sum(one.offsets for one in found),
        finer=sum(one.finer for one in found),
    )


OTHERS = {
    "true": pl.col("text").str.to_lowercase() == "true",
    "offsets": pl.col("text").str.contains(forms.OFFSET),
    "finer": pl.col("text").str.contains(forms.FINER),
}


def _tests(look: Kind | None) -> Mapping[str, pl.Expr]:
    """What can be true of some values, where all look like the kind: to search for the rest costs half the time."""
    text, every = pl.col("text"), pl.lit(True)
    match look:
        case Kind.INTEGER:
            return {Kind.INTEGER.value: every, Kind.NUMBER.value: every, **_pattern("digits")}
        case Kind.NUMBER:
            integer = forms.looks(text, Kind.INTEGER)
            return {Kind.INTEGER.value: integer, Kind.NUMBER.value: every, **_pattern("digits")}
        case Kind.BOOLEAN:
            return {Kind.BOOLEAN.value: every, "true": OTHERS["true"]}
        case Kind.DATE:
            return {Kind.DATE.value: forms.looks(text, Kind.DATE), "pattern date": every}
        case Kind.DATETIME:
            return {Kind.DATETIME.value: every, "offsets": OTHERS["offsets"], "finer": OTHERS["finer"]}
        case _:
            looks = {kind.value: forms.looks(text, kind) for kind in TYPED}
            return looks | {key: test for name in PATTERNS for key, test in _pattern(name).items()}


def _pattern(name: str) -> Mapping[str, pl.Expr]:
    return {f"pattern {name}": pl.col("text").str.contains(PATTERNS[name])}


def _valid(table: pl.DataFrame, kind: Kind) -> int:
    return int(table["count"].filter(forms.read_as(table["text"], kind).is_not_null()).sum())
