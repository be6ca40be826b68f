"""Figures of a column of numbers: exact where that is cheap, and never a NaN or an overflow by accident."""

import math
from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from fiberwise.contracts.dataset import Figure

SMALLEST, LARGEST = -(2**63), 2**63 - 1
EXACT = 100_000
"""Up to so many values `math.fsum` costs nothing that anybody would notice."""

SQUARABLE = (1e-150, 1e150)
"""Magnitudes whose squares a float can hold."""


def figure(x: float | None) -> Figure:
    """A number as JSON can hold it: NaN is None; infinity and integers past 64 bits are text."""
    if isinstance(x, int):
        return x if SMALLEST <= x <= LARGEST else str(x)
    if x is None or math.isnan(x):
        return None
    return x if math.isfinite(x) else ("Infinity" if x > 0 else "-Infinity")


def number(x: Figure) -> float | None:
    """The number that a figure stands for, to calculate with."""
    return None if x is None else float(x)


def percentile(ordered: Sequence[float] | pl.Series, share: float) -> float | None:
    """Linear interpolation between the two nearest ranks of sorted values; None of no values.

    Halfway to infinity is infinity; between minus and plus infinity there is nothing (NaN).
    """
    if len(ordered) == 0:
        return None
    place = (len(ordered) - 1) * share
    rank = math.floor(place)
    low, part = ordered[rank], place - rank
    high = ordered[rank + 1] if part else low
    if low == high:
        return low
    if math.isinf(low) or math.isinf(high):
        return low + high
    span = high - low
    return low + span * part if math.isfinite(span) else low * (1 - part) + high * part


def moments(values: pl.Series) -> tuple[float | None, float | None]:
    """Mean and sample standard deviation of 64-bit integers or floats without nulls."""
    low, high = _ends(values)
    if low is None or high is None:
        return None, None
    if math.isinf(low) or math.isinf(high):
        return (math.nan if low == -high else low + high), None
    if low == high:
        return low, 0.0 if len(values) > 1 else None
    if values.dtype == pl.Int64:
        # Shifted first: floats cannot tell two neighbours near 2^62 apart.
        base = low if high - low <= LARGEST else 0
        mean, std = _moments_of_floats((values - base).cast(pl.Float64))
        return base + mean, std
    peak = max(abs(low), abs(high))
    scale = 1.0 if SQUARABLE[0] < peak < SQUARABLE[1] else peak
    mean, std = _moments_of_floats(values / scale)
    return mean * scale, std * scale


def moments_of_big(values: Sequence[int]) -> tuple[float, float | None]:
    """Mean and sample standard deviation of integers of any size, at least one."""
    n, total = len(values), sum(values)
    if n == 1:
        return total / n, None
    scatter = n * sum(value * value for value in values) - total * total
    return total / n, float((Decimal(scatter) / (n * (n - 1))).sqrt())


def _ends(values: pl.Series) -> tuple[float | None, float | None]:
    low, high = values.min(), values.max()
    if isinstance(low, int | float) and isinstance(high, int | float):
        return low, high
    return None, None


def _moments_of_floats(values: pl.Series) -> tuple[float, float]:
    n = len(values)
    total = math.fsum(values.to_list()) if n <= EXACT else float(values.sum())
    mean = total / n
    off = values - mean
    slip = float(off.sum()) / n
    scatter = float((off * off).sum()) - slip * slip * n
    return mean + slip, math.sqrt(max(scatter, 0.0) / (n - 1))
