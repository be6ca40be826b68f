"""The figures of a column of texts: how many, how long, which most often."""

from collections import Counter
from typing import NamedTuple

import polars as pl

from fiberwise.contracts.profile import Top

SHOWN = 10
CUT = "its longest values are cut in `top`"
FEW = 1000
"""Up to so many values the table engine's set-up costs more than the counting."""

LONGEST = 1000
"""Characters of a value that are shown: a cell may hold megabytes, which belong in no result."""


class Texts(NamedTuple):
    """Figures of texts; `cut` says whether a value in `top` is not shown whole."""

    distinct: int
    top: list[Top]
    min_length: int
    max_length: int
    cut: bool


def describe_texts(values: pl.Series) -> Texts:
    """Figures of one value or more; the ten most frequent stand in order of count, then of code point."""
    distinct, first, shortest, longest = _few(values) if len(values) <= FEW else _many(values)
    top = [Top(value=shown(value), count=count) for value, count in first]
    return Texts(distinct, top, shortest, longest, any(len(value) > LONGEST for value, _ in first))


def _few(values: pl.Series) -> tuple[int, list[tuple[str, int]], int, int]:
    tally = Counter[str](values.to_list())
    first = sorted(tally.items(), key=lambda item: (-item[1], item[0]))[:SHOWN]
    return len(tally), first, min(map(len, tally)), max(map(len, tally))


def _many(values: pl.Series) -> tuple[int, list[tuple[str, int]], int, int]:
    tally = pl.DataFrame({"value": values}).group_by("value").len("count")
    floor = tally["count"].top_k(SHOWN).min()
    above = tally.filter(pl.col("count") > floor)
    # Only the ties at the edge can be many, and of those only the first few matter.
    tied = tally.filter(pl.col("count") == floor).bottom_k(SHOWN, by="value")
    first = pl.concat([above, tied]).sort("count", "value", descending=[True, False]).head(SHOWN)
    lengths = tally["value"].str.len_chars().sort()
    return tally.height, list(first.iter_rows()), lengths[0], lengths[-1]


def shown(value: str) -> str:
    """A value as `top` shows it: cut where it is long."""
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"
