"""The straight line through readings by least squares, from sums that merge; docs/pipelines/sensor-health.md."""

import math
from typing import NamedTuple, Self

from fiberwise.contracts.sensor_health import Trend

DAY = 86_400
LEAST = 3
STRAIGHT = 1e-12
"""Of all that varies, what a line may leave unexplained and still be called straight: rounding leaves as much."""


class Moments(NamedTuple):
    """Of pairs of time (s) and value: their number, means, and sums of squares and products about the means."""

    n: int
    time: float
    value: float
    tt: float
    tv: float
    vv: float

    def joined(self, other: Self) -> Self:
        """Chan, Golub and LeVeque's rule."""
        n = self.n + other.n
        time, value = other.time - self.time, other.value - self.value
        weight = self.n * other.n / n
        return self._replace(
            n=n,
            time=self.time + time * other.n / n,
            value=self.value + value * other.n / n,
            tt=self.tt + other.tt + weight * time * time,
            tv=self.tv + other.tv + weight * time * value,
            vv=self.vv + other.vv + weight * value * value,
        )


def trend(moments: Moments, span_s: float, t_least: float, effect_least: float) -> Trend | None:
    """None of fewer than three readings, of one moment, and of a value that never changes."""
    n, tt, tv, vv = moments.n, moments.tt, moments.tv, moments.vv
    if n < LEAST or tt <= 0 or vv <= 0:
        return None
    slope = tv / tt
    left = max(0.0, vv - slope * tv)
    change = slope * span_s
    if left <= STRAIGHT * vv:
        return Trend(per_day=slope * DAY, change=change, drifting=True)
    spread = math.sqrt(left / (n - 2))
    t, effect = slope * math.sqrt(tt) / spread, abs(change) / spread
    drifting = abs(t) >= t_least and effect >= effect_least
    return Trend(per_day=slope * DAY, change=change, t=t, effect=effect, drifting=drifting)
