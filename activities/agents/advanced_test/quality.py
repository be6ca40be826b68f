"""The shares that make up the quality of a data set. Formulas: docs/pipelines/complex-multi-agent.md."""

from collections.abc import Sequence

from fiberwise.contracts.profile import Column, Extract
from fiberwise.contracts.synthesis import Quality

WEIGHTS = (0.4, 0.3, 0.3)
"""Of completeness, uniqueness and consistency in the score."""

NUMERIC = ("integer", "number")
HALF_SURE = 10
"""So many rows make the confidence half of what the parts allow."""


def rate(extract: Extract | None, rows: int, duplicates: int | None) -> Quality:
    """All but uniqueness need the profile; it needs `duplicates`, the exact duplicate rows. No rows score 0."""
    shares = {
        "completeness": completeness(extract.columns) if extract else None,
        "uniqueness": _uniqueness(rows, duplicates),
        "consistency": consistency(extract.columns) if extract else None,
    }
    return Quality(**shares, score=_score(list(shares.values())) if rows else 0.0)


def _uniqueness(rows: int, duplicates: int | None) -> float | None:
    if not rows:
        return 1.0
    return None if duplicates is None else max(0.0, 1 - duplicates / rows)


def completeness(columns: Sequence[Column]) -> float:
    """Non-null cells / cells; 1 of no cells."""
    cells = sum(column.count + column.nulls for column in columns)
    return sum(column.count for column in columns) / cells if cells else 1.0


def consistency(columns: Sequence[Column]) -> float:
    """Share of the non-null cells that are of their column's most frequent kind; 1 of no such cells."""
    values = sum(column.count for column in columns)
    return sum(column.count * agreement(column) for column in columns) / values if values else 1.0


def agreement(column: Column) -> float:
    """The share of a column's most frequent kind. Integers are numbers; a column of digits is one of codes."""
    if not column.mixed or holds_codes(column):
        return 1.0
    numeric = sum(column.mixed.get(kind, 0.0) for kind in NUMERIC)
    return max(numeric, *column.mixed.values())


def holds_codes(column: Column) -> bool:
    """Whether a text column is all digits, some with a leading zero."""
    return any(found.pattern == "digits" and found.share == 1 for found in column.patterns)


def confidence(rows: int, with_extract: bool, with_transform: bool) -> float:
    """(1 - 0.5 without extract - 0.3 without transform) x rows / (rows + 10)."""
    parts = 1 - (0 if with_extract else 0.5) - (0 if with_transform else 0.3)
    return round(parts * rows / (rows + HALF_SURE), 4)


def _score(shares: Sequence[float | None]) -> float | None:
    parts = [weight * share for weight, share in zip(WEIGHTS, shares, strict=True) if share is not None]
    return sum(parts) if len(parts) == len(WEIGHTS) else None
