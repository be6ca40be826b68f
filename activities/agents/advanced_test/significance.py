"""Whether two samples differ beyond chance, and by how much. Standard library alone; formulas: docs/memory.md."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from fiberwise.contracts.drift import Test

LEAST_EXPECTED = 5
"""Below it a cell's count is too small for the normal and the chi-square approximation."""

STEPS, CLOSE = 500, 1e-15
"""Of continued fractions and series: they settle within some dozens."""

TINY = 1e-300


class Verdict(NamedTuple):
    """`p` alone, not yet corrected; `effect` is Cohen's h, w or d."""

    test: Test
    statistic: float
    p: float
    effect: float
    degrees: float | None = None


class Moments(NamedTuple):
    """Of a sample: its size, its mean, its standard deviation (of the sample, n - 1)."""

    n: int
    mean: float
    std: float


def compare_shares(hits_a: int, a: int, hits_b: int, b: int) -> Verdict | None:
    """Two-proportion z test, pooled; Fisher's exact where a cell would hold under five. None of an empty sample."""
    if not a or not b:
        return None
    effect = abs(_angle(hits_b / b) - _angle(hits_a / a))
    hits, total = hits_a + hits_b, a + b
    if min(a, b) * min(hits, total - hits) / total < LEAST_EXPECTED:
        return Verdict("Fisher exact", hits_b / b - hits_a / a, fisher(hits_a, a, hits_b, b), effect)
    pooled = hits / total
    z = (hits_b / b - hits_a / a) / math.sqrt(pooled * (1 - pooled) * (1 / a + 1 / b))
    return Verdict("two-proportion z", z, math.erfc(abs(z) / math.sqrt(2)), effect)


def fisher(hits_a: int, a: int, hits_b: int, b: int) -> float:
    """Two-sided: the chance of all tables with these margins that are no likelier than this one."""
    hits, total = hits_a + hits_b, a + b
    whole = _log_choose(total, a)
    chances = [
        math.exp(_log_choose(hits, x) + _log_choose(total - hits, a - x) - whole)
        for x in range(max(0, a - (total - hits)), min(a, hits) + 1)
    ]
    mine = chances[hits_a - max(0, a - (total - hits))]
    return min(1.0, sum(chance for chance in chances if chance <= mine * (1 + 1e-7)))


def compare_counts(a: Sequence[int], b: Sequence[int]) -> Verdict | None:
    """Chi-square test of homogeneity over the same cells; Cohen's w. None where fewer than two cells are filled."""
    size_a, size_b = sum(a), sum(b)
    cells = [(x, y) for x, y in zip(a, b, strict=True) if x + y]
    if not size_a or not size_b or len(cells) < 2:
        return None
    total = size_a + size_b
    statistic = 0.0
    for x, y in cells:
        expected_a, expected_b = (x + y) * size_a / total, (x + y) * size_b / total
        statistic += (x - expected_a) ** 2 / expected_a + (y - expected_b) ** 2 / expected_b
    degrees = len(cells) - 1
    p = gamma_upper(degrees / 2, statistic / 2)
    return Verdict("chi-square", statistic, p, math.sqrt(statistic / total), degrees)


def compare_means(a: Moments, b: Moments) -> Verdict | None:
    """Welch's t test; Cohen's d by the mean of both variances. None of samples under two, or past all numbers."""
    of_a, of_b, gap = a.std * a.std / max(a.n, 1), b.std * b.std / max(b.n, 1), b.mean - a.mean
    if min(a.n, b.n) < 2 or not math.isfinite(of_a + of_b + gap):
        return None
    if not of_a + of_b:  # constant then and now: any difference is one
        return (
            Verdict("Welch t", math.copysign(math.inf, gap), 0.0, math.inf)
            if gap
            else Verdict("Welch t", 0, 1, 0)
        )
    t, part = gap / math.sqrt(of_a + of_b), of_a / (of_a + of_b)
    degrees = 1 / (part * part / (a.n - 1) + (1 - part) * (1 - part) / (b.n - 1))
    effect = abs(gap) / math.sqrt((a.std * a.std + b.std * b.std) / 2)
    return Verdict("Welch t", t, student_two_sided(t, degrees), effect, degrees)


def holm(ps: Sequence[float]) -> list[float]:
    """Corrected for their number by Holm's method: the chance that any of them is a false alarm, in the same order."""
    corrected, highest = [1.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        corrected[place] = highest
    return corrected


def student_two_sided(t: float, degrees: float) -> float:
    """P(|T| >= |t|)."""
    return beta_part(degrees / 2, 0.5, degrees / (degrees + t * t))


def gamma_upper(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function: P(chi² >= 2x) of 2a degrees of freedom."""
    if x <= 0:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for n in range(1, STEPS):
            term *= x / (a + n)
            total += term
            if term < total * CLOSE:
                break
        return max(0.0, 1 - front * total)
    c, d = 1 / TINY, 1 / (x + 1 - a)
    fraction = d
    for n in range(1, STEPS):
        factor, step = -n * (n - a), x + 2 * n + 1 - a
        d, c = 1 / _not_zero(factor * d + step), _not_zero(step + factor / c)
        fraction *= d * c
        if abs(d * c - 1) < CLOSE:
            break
    return front * fraction


def beta_part(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """By Lentz's method."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for factor in (even, odd):
            d, c = 1 / _not_zero(1 + factor * d), _not_zero(1 + factor / c)
            fraction *= d * c
        if abs(d * c - 1) < CLOSE:
            break
    return fraction


def _not_zero(x: float) -> float:
    return x if abs(x) > TINY else TINY


def _angle(share: float) -> float:
    """Cohen's h is the difference of two of these."""
    return 2 * math.asin(math.sqrt(share))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
