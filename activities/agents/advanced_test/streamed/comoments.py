"""Sums of products of pairs of columns, over the rows where both are finite numbers; parts of them can be merged."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from activities.agents.advanced_test.numeric import FEWEST, as_correlation
from fiberwise.contracts.synthesis import Correlation

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
SMALLEST = -1100
"""The exponent of a column of nothing but zeros: below that of any float."""


@dataclass(frozen=True)
class Comoments:
    """Row a, column b: of a over the rows that have b too (`count` of them).

    Values are in units of 2^`exponent` of their column, at most 1, so that no square leaves a float's range.
    `cross` is the sum of products of both distances from the means, `scatter` that of a's squared.
    """

    exponent: NDArray[np.int32]
    count: Floats
    mean: Floats
    scatter: Floats
    cross: Floats
    low: Floats
    high: Floats


def comoments_of(numbers: Floats) -> Comoments:
    """Of rows x columns; NaN where nothing stands, and infinite values do not count."""
    # Column by column in memory: most of the work is on the rows of two of them.
    columns = np.ascontiguousarray(numbers.T)
    finite = np.isfinite(columns)
    values = np.where(finite, columns, 0)
    peaks = np.abs(values).max(axis=1, initial=0)
    exponent = np.where(peaks > 0, np.frexp(peaks)[1], SMALLEST).astype(np.int32)
    scaled = np.ldexp(values, -exponent[:, None])
    found = _nothing(exponent)
    for some, others in combinations_with_replacement(_alike(finite), 2):
        both = np.flatnonzero(finite[some[0]] & finite[others[0]])
        if both.size:
            left, right = (scaled[group].take(both, axis=1) for group in (some, others))
            _measure(found, left, right, some, others)
    return found


def merged(one: Comoments, other: Comoments) -> Comoments:
    """Of the rows of both, by Chan's update."""
    exponent = np.maximum(one.exponent, other.exponent)
    a, b = _scaled(one, exponent), _scaled(other, exponent)
    count = a.count + b.count
    off = b.mean - a.mean
    share = np.divide(b.count, count, out=np.zeros_like(count), where=count > 0)
    return Comoments(
        exponent=exponent,
        count=count,
        mean=a.mean + off * share,
        scatter=a.scatter + b.scatter + off * off * a.count * share,
        cross=a.cross + b.cross + off * off.T * a.count * share,
        low=np.minimum(a.low, b.low),
        high=np.maximum(a.high, b.high),
    )


def correlations(found: Comoments, names: Sequence[str]) -> Iterator[Correlation | None]:
    """Pearson's r of each pair in order; None where it says nothing."""
    root = np.sqrt(found.scatter)
    constant = found.low == found.high
    for a, b in combinations(range(len(names)), 2):
        n = int(found.count[a, b])
        if n >= FEWEST and not constant[a, b] and not constant[b, a]:
            spread = float(root[a, b]) * float(root[b, a])
            yield as_correlation(names[a], names[b], n, float(found.cross[a, b]), spread)


def _nothing(exponent: NDArray[np.int32]) -> Comoments:
    shape = (len(exponent), len(exponent))
    zeros = [np.zeros(shape) for _ in range(4)]
    return Comoments(exponent, *zeros, low=np.full(shape, math.inf), high=np.full(shape, -math.inf))


def _alike(finite: Flags) -> list[list[int]]:
    """Columns that have values in the same rows, together: their pairs are one product of matrices."""
    groups: dict[bytes, list[int]] = {}
    for column, rows in enumerate(finite):
        groups.setdefault(np.packbits(rows).tobytes(), []).append(column)
    return list(groups.values())


def _measure(found: Comoments, left: Floats, right: Floats, some: list[int], others: list[int]) -> None:
    """Twice over the values, as for a column by itself: sums of squares alone would cancel out."""
    for own, partners, values in ((some, others, left), (others, some, right)):
        at = np.ix_(own, partners)
        low, high, mean = values.min(axis=1), values.max(axis=1), values.mean(axis=1)
        values -= mean[:, None]
        found.count[at] = values.shape[1]
        for figure, column in (
            (found.mean, mean),
            (found.scatter, np.einsum("ij,ij->i", values, values)),
            (found.low, low),
            (found.high, high),
        ):
            figure[at] = column[:, None]
    cross = left @ right.T
    found.cross[np.ix_(some, others)] = cross
    found.cross[np.ix_(others, some)] = cross.T


def _scaled(one: Comoments, exponent: NDArray[np.int32]) -> Comoments:
    """In larger units; by powers of two, so that nothing is rounded."""
    by = one.exponent - exponent
    own = by[:, None]
    return Comoments(
        exponent=exponent,
        count=one.count,
        mean=np.ldexp(one.mean, own),
        scatter=np.ldexp(one.scatter, 2 * own),
        cross=np.ldexp(one.cross, own + own.T),
        low=np.ldexp(one.low, own),
        high=np.ldexp(one.high, own),
    )
