"""Figures of numbers and of moments that are added up as they come."""

import math
import re
from datetime import datetime

from fiberwise.contracts.dataset import Figure

SMALLEST, LARGEST = -(2**63), 2**63 - 1
UNIT_BITS = 1074
"""Every finite float is a whole number of 2**-1074, so a sum in this unit neither rounds nor overflows."""

FINER = re.compile(r"\.[0-9]{6}[0-9]*[1-9]")


def figure(x: float | None) -> Figure:
    """A number as JSON can hold it: NaN is None; infinity and integers past 64 bits are text."""
    if isinstance(x, int):
        return x if SMALLEST <= x <= LARGEST else str(x)
    if x is None or math.isnan(x):
        return None
    return x if math.isfinite(x) else ("Infinity" if x > 0 else "-Infinity")


class Numbers:
    """Integers and floats, compared by their exact values; `low` is above `high` while there are none."""

    def __init__(self) -> None:
        self.low, self.high = math.inf, -math.inf
        self._sum, self._count = 0, 0

    def add(self, value: float, times: int) -> None:
        self.low, self.high = min(self.low, value), max(self.high, value)
        self._count += times
        if math.isfinite(value):
            top, bottom = value.as_integer_ratio()
            self._sum += times * top << UNIT_BITS - bottom.bit_length() + 1

    @property
    def infinite(self) -> bool:
        return math.inf in (-self.low, self.high)

    @property
    def mean(self) -> float:
        """Infinity takes part; with both infinities there is no mean (NaN)."""
        return self.low + self.high if self.infinite else self._sum / (self._count << UNIT_BITS)


class Moments:
    """Datetimes, compared in UTC; those without an offset are taken as such."""

    def __init__(self) -> None:
        self.low, self.high = datetime.max, datetime.min
        self.with_offset = self.without_offset = self.finer = False

    def add(self, moment: datetime, text: str) -> None:
        self.with_offset |= moment.tzinfo is not None
        self.without_offset |= moment.tzinfo is None
        self.finer = self.finer or FINER.search(text) is not None
        plain = moment.replace(tzinfo=None)
        self.low, self.high = min(self.low, plain), max(self.high, plain)
