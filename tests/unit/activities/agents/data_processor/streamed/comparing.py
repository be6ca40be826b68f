"""A profile of chunks beside that of the whole: equal, or within what it says of itself."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

from activities.agents.data_processor.streamed import accounts as accounts_module
from activities.agents.data_processor.streamed import chunk as chunk_module
from activities.agents.data_processor.streamed import tally as tally_module
from fiberwise.contracts.profile import Column, Extract

Cells = Mapping[str, Sequence[str | None]]
Streamed = Callable[..., Extract]


@contextmanager
def little_room() -> Iterator[None]:
    """Sketches from 20 different values on, told in 10 points and 10 texts; 24 points are the most of a column."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tally_module, "FEWEST", 20)
        patch.setattr(tally_module, "MOST", 20)
        patch.setattr(chunk_module, "POINTS_KEPT", 10)
        patch.setattr(chunk_module, "TOP", 10)
        patch.setattr(accounts_module, "FEWEST", 24)
        patch.setattr(accounts_module, "MOST", 24)
        patch.setattr(accounts_module, "PENDING", 50)
        yield


def scale_of(column: Column) -> float:
    ends = (float(end) for end in (column.min, column.max) if isinstance(end, int | float))
    return max(map(abs, ends), default=0.0)


def assert_same(found: Column, expected: Column, but: Sequence[str] = ()) -> None:
    one, other = (column.model_dump(exclude=set(but)) for column in (found, expected))
    near = {"rel": 1e-9, "abs": 1e-9 * scale_of(expected)}
    for figure in ("mean", "std", "p25", "p50", "p75"):
        if isinstance(other.get(figure), float):
            other[figure] = pytest.approx(other[figure], **near)
    assert one == other


def bound(found: Extract, column: str, figure: str) -> list[int]:
    """The figures in the words of a bound; none of an exact one."""
    words = [one.bound for one in found.approximate if (one.column, one.figure) == (column, figure)]
    return [int(digits.replace(",", "")) for digits in re.findall(r"\d[\d,]*", words[0])] if words else []


def assert_distinct(found: Extract, column: Column, exact: int) -> None:
    low, high = (bound(found, column.name, "distinct") or [exact, exact])[:2]
    assert low <= exact <= high
    assert low <= column.distinct <= high


def assert_ranks(found: Extract, column: Column, numbers: Sequence[float]) -> None:
    ordered = sorted(numbers)
    for figure, share in (("p25", 0.25), ("p50", 0.5), ("p75", 0.75)):
        off = (bound(found, column.name, figure) or [0])[0]
        place = (len(ordered) - 1) * share
        low = ordered[max(0, math.floor(place) - off)]
        high = ordered[min(len(ordered) - 1, math.ceil(place) + off)]
        value = float(getattr(column, figure))
        assert low - 1e-9 * abs(low) <= value <= high + 1e-9 * abs(high)


def assert_top(found: Extract, column: Column, texts: Sequence[str]) -> None:
    tally = Counter(texts)
    off = (bound(found, column.name, "top") or [0])[0]
    shown = column.top or []
    assert all(0 <= tally[one.value] - one.count <= off for one in shown)
    least = min(one.count for one in shown)
    listed = {one.value for one in shown}
    assert all(count <= least + off for text, count in tally.items() if text not in listed)
