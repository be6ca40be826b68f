"""The figures of one column, by its kind."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import polars as pl

from activities.agents.data_processor.figures import figure, moments, moments_of_big, percentile
from activities.agents.data_processor.kinds import BIG, Reading
from activities.agents.data_processor.texts import CUT, describe_texts
from fiberwise.contracts.dataset import Figure, Kind
from fiberwise.contracts.profile import Column, Pattern, Top

Shown = Figure | Sequence[Top]
INFINITE = "holds infinity"


def describe(reading: Reading, patterns: list[Pattern]) -> Column:
    """All figures of a column; `patterns` are those found in a text column."""
    # Without a name: many methods of a polars Series look their own column up, and take `^a|b$` for a pattern.
    values = reading.values.alias("")
    plain = _plain(reading, values.drop_nulls() if values.null_count() else values)
    return plain.model_copy(update={"patterns": patterns})


def _plain(reading: Reading, values: pl.Series) -> Column:
    match reading.kind:
        case Kind.INTEGER if reading.lossy == BIG:
            return _big_integers(reading, sorted(int(text) for text in values))
        case Kind.INTEGER | Kind.NUMBER:
            return _numbers(reading, values)
        case Kind.BOOLEAN:
            return _column(reading, values.n_unique(), {"true_count": int(values.sum())})
        case Kind.DATE | Kind.DATETIME:
            low, high = (iso(end, reading.in_utc) for end in (values.min(), values.max()))
            return _column(reading, values.n_unique(), {"min": low, "max": high})
        case Kind.TEXT:
            return _texts(reading, values)


def _column(
    reading: Reading, distinct: int, figures: Mapping[str, Shown], notes: Sequence[str] = ()
) -> Column:
    nulls = reading.values.null_count()
    fields = {
        "name": reading.values.name,
        "kind": reading.kind,
        "count": len(reading.values) - nulls,
        "nulls": nulls,
        "distinct": distinct,
        "mixed": reading.mixed,
        "notes": [*reading.notes, *notes],
    }
    return Column.model_validate({**fields, **figures})


def _numbers(reading: Reading, values: pl.Series) -> Column:
    ordered = values.sort()
    mean, std = moments(values)
    notes = [INFINITE] if math.inf in (-ordered[0], ordered[-1]) else []
    figures = {"mean": figure(mean), "std": figure(std), **_order_figures(ordered)}
    return _column(reading, ordered.n_unique(), figures, notes)


def _big_integers(reading: Reading, ordered: list[int]) -> Column:
    mean, std = moments_of_big(ordered)
    figures = {"mean": figure(mean), "std": figure(std), **_order_figures(ordered)}
    return _column(reading, len(set(ordered)), figures)


def _order_figures(ordered: Sequence[float] | pl.Series) -> dict[str, Shown]:
    """`ordered` is sorted and not empty."""
    shares = {"min": 0.0, "p25": 0.25, "p50": 0.5, "p75": 0.75, "max": 1.0}
    return {name: figure(percentile(ordered, share)) for name, share in shares.items()}


def _texts(reading: Reading, values: pl.Series) -> Column:
    if values.is_empty():
        return _column(reading, 0, {"top": []})
    found = describe_texts(values)
    notes = [CUT] if found.cut else []
    figures = {"top": found.top, "min_length": found.min_length, "max_length": found.max_length}
    return _column(reading, found.distinct, figures, notes)


def iso(end: object, in_utc: bool) -> str | None:
    """A date or datetime as figures show it; None of anything else."""
    if isinstance(end, datetime):
        return end.isoformat() + ("Z" if in_utc else "")
    return end.isoformat() if isinstance(end, date) else None
