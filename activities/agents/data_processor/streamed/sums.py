"""Sums of which mean and standard deviation are made, merged without any rounding: so no order or cut shows."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction

import polars as pl

from activities.agents.data_processor.figures import EXACT, LARGEST, SMALLEST, SQUARABLE
from activities.agents.data_processor.streamed.readings import Reading
from fiberwise.contracts.payload import Payload

IN_128_BITS = 2**47
"""So large are integers whose squares, each 2^32 times, are within 128 bits."""


class Whole(Payload):
    """Integers: how many, their sum, and that of their squares; exact."""

    count: int
    total: int
    squares: int


class Spread(Payload):
    """Finite floats in units of `scale`: how many, mean, sum of squared distances from it; and infinite ones."""

    count: int
    mean: float = 0.0
    scatter: float = 0.0
    scale: float = 1.0
    plus: int = 0
    minus: int = 0


@dataclass
class Sums:
    """Of all chunks together: rational numbers."""

    count: int = 0
    total: Fraction = field(default_factory=Fraction)
    squares: Fraction = field(default_factory=Fraction)
    plus: int = 0
    minus: int = 0

    def add_whole(self, one: Whole) -> None:
        self.count += one.count
        self.total += one.total
        self.squares += one.squares

    def add_spread(self, one: Spread) -> None:
        mean, scale = Fraction(one.mean), Fraction(one.scale)
        self.count += one.count
        self.total += one.count * mean * scale
        self.squares += (Fraction(one.scatter) + one.count * mean * mean) * scale * scale
        self.plus, self.minus = self.plus + one.plus, self.minus + one.minus

    def moments(self, low: float, high: float) -> tuple[float | None, float | None]:
        """Mean and sample standard deviation of values from `low` to `high`."""
        if self.plus or self.minus:
            return (math.nan if self.plus and self.minus else low + high), None
        if low == high:
            mean = low if SMALLEST <= low <= LARGEST else float(low)
            return mean, 0.0 if self.count > 1 else None
        scatter = self.squares - self.total * self.total / self.count
        return _float(self.total / self.count), _root(scatter / (self.count - 1))


def sum_integers(reading: Reading) -> Whole:
    """Exact for integers of any size."""
    values, counts = reading.values, reading.counts
    if isinstance(values, pl.Series) and max(abs(reading.low), abs(reading.high)) < IN_128_BITS:
        wide, times = pl.col("value").cast(pl.Int128), pl.col("count")
        sums = pl.DataFrame({"value": values, "count": counts}).select(
            total=(wide * times).sum(), squares=(wide * wide * times).sum()
        )
        return Whole(count=int(counts.sum()), **sums.row(0, named=True))
    pairs: Sequence[tuple[int, int]] = list(zip(values, counts, strict=True))
    return Whole(
        count=int(counts.sum()),
        total=sum(value * times for value, times in pairs),
        squares=sum(value * value * times for value, times in pairs),
    )


def sum_floats(reading: Reading) -> Spread:
    """Scaled where squares would leave a float's range."""
    table = pl.DataFrame({"value": reading.values, "count": reading.counts})
    finite = table.filter(pl.col("value").is_finite())
    plus, minus = (int(table["count"].filter(table["value"] == end).sum()) for end in (math.inf, -math.inf))
    count = int(finite["count"].sum())
    if not count:
        return Spread(count=0, plus=plus, minus=minus)
    peak = max(abs(finite["value"][0]), abs(finite["value"][-1]))
    scale = 2.0**-1000 if 0 < peak <= SQUARABLE[0] else 2.0**1000 if peak >= SQUARABLE[1] else 1.0
    values, times = finite["value"] / scale, finite["count"]
    mean = _sum(values * times) / count
    off = values - mean
    slip = float((off * times).sum()) / count
    scatter = float((off * off * times).sum()) - slip * slip * count
    return Spread(
        count=count, mean=mean + slip, scatter=max(scatter, 0.0), scale=scale, plus=plus, minus=minus
    )


def _sum(values: pl.Series) -> float:
    return math.fsum(values.to_list()) if len(values) <= EXACT else float(values.sum())


def _float(x: Fraction) -> float:
    """A mean of floats is never past the largest; that of integers may be."""
    try:
        return float(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def _root(x: Fraction) -> float:
    with localcontext(prec=40):
        return float((Decimal(x.numerator) / Decimal(x.denominator)).sqrt()) if x > 0 else 0.0
