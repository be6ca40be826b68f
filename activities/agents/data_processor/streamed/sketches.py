"""The two sketches that we take from `datasketches`, which has no types of its own."""

# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, Protocol, Self

import datasketches

LG_K = 14
"""2^14 bins: a standard error of 0.54 %, in 10 KB."""

FREQUENT, LG_FEWEST, LG_MOST = 2_000_000, 11, 16
"""Texts that are counted of all columns together, and 2^n of one column: exactly while three quarters are not full."""

DEVIATIONS = 3


class Span(NamedTuple):
    """An estimate, and the bounds between which the figure lies (three standard errors)."""

    estimate: float
    low: float
    high: float


class Sketch(Protocol):
    def update(self, item: float | str, /) -> None: ...
    def serialize(self) -> bytes: ...
    def get_estimate(self) -> float: ...
    def get_lower_bound(self, deviations: int, /) -> float: ...
    def get_upper_bound(self, deviations: int, /) -> float: ...


class Distinct:
    """How many different items there are, over all sketches put together: the same in any order (CPC)."""

    def __init__(self) -> None:
        self._union = datasketches.cpc_union(LG_K)

    @classmethod
    def of(cls, items: Iterable[float | str]) -> Self:
        sketch: Sketch = datasketches.cpc_sketch(LG_K)
        deque(map(sketch.update, items), maxlen=0)
        found = cls()
        found._union.update(sketch)
        return found

    def add(self, sketch: bytes) -> None:
        self._union.update(datasketches.cpc_sketch.deserialize(sketch))

    def packed(self) -> bytes:
        return self._result().serialize()

    def span(self) -> Span:
        found = self._result()
        low, high = found.get_lower_bound(DEVIATIONS), found.get_upper_bound(DEVIATIONS)
        return Span(found.get_estimate(), low, high)

    def _result(self) -> Sketch:
        return self._union.get_result()


class Frequent:
    """The texts of one of so many columns that occur most often, and how far off their counts may be."""

    def __init__(self, columns: int = 1) -> None:
        size = (FREQUENT // columns).bit_length() - 1
        self._sketch = datasketches.frequent_strings_sketch(max(LG_FEWEST, min(LG_MOST, size)))
        self.error = 0

    def add(self, counts: Iterable[tuple[str, int]], missed: int = 0) -> None:
        """Counts of a chunk, which has left out texts that occur up to `missed` times in it."""
        deque((self._sketch.update(text, count) for text, count in counts), maxlen=0)
        self.error += missed

    def most(self, shown: int) -> tuple[list[tuple[str, int]], int]:
        """So many texts by count, then by code point; and by how much a count may be too low."""
        kind = datasketches.frequent_items_error_type.NO_FALSE_NEGATIVES
        found: list[tuple[str, int, int, int]] = self._sketch.get_frequent_items(kind, 0)
        ordered = sorted((-low, text) for text, _, low, _ in found)[:shown]
        over = max((high - low for _, _, low, high in found), default=0)
        return [(text, -count) for count, text in ordered], self.error + over
