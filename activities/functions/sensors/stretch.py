"""A sensor's readings over a stretch of time, in a form that can be put together with the stretch that follows it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from activities.functions.sensors.trend import Moments
from fiberwise.contracts.payload import Payload

KEPT = 50
"""Of the longest intervals and runs so many are kept, each with its place; all are counted."""

DIGITS = 3
"""To so many an interval is rounded, which bounds how many different ones there are: half a percent at most."""


class Window(NamedTuple):
    """`start` in seconds since 1970, a multiple of the width."""

    start: int
    n: int
    total: float
    low: float
    high: float

    def joined(self, other: Self) -> Self:
        return self._replace(
            n=self.n + other.n,
            total=self.total + other.total,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
        )


class Run(NamedTuple):
    """The same value, reading after reading; times in microseconds."""

    value: float
    n: int
    since: int
    until: int


class Interval(NamedTuple):
    """Between a reading and the next one, in microseconds."""

    since: int
    until: int

    @property
    def length(self) -> int:
        return self.until - self.since


class Stretch(Payload):
    """`runs` are those of `at_least` readings, without the first and the last one: these may go on beyond the stretch.

    `intervals`: rounded length -> how many. `tangled`: it lies over another one, so that intervals and runs between
    them are not known.
    """

    windows: list[Window]
    moments: Moments
    intervals: dict[int, int]
    longest: list[Interval]
    head: Run
    tail: Run
    whole: bool
    runs: list[Run]
    stuck: int
    at_least: int
    tangled: bool = False

    @property
    def first(self) -> int:
        return self.head.since

    @property
    def last(self) -> int:
        return self.tail.until

    def closed(self) -> tuple[int, list[Run]]:
        """How many runs of enough readings there are in all, and the longest of them."""
        ends = [self.head] if self.whole else [self.head, self.tail]
        more = [run for run in ends if run.n >= self.at_least]
        return self.stuck + len(more), longest_runs([*self.runs, *more])

    def followed_by(self, other: Self) -> Self:
        """Both together, of which the other begins later."""
        tangled = other.first < self.last
        between = Interval(self.last, other.first)
        known = [] if tangled or not between.length else [between]
        counts = Counter(self.intervals) + Counter(other.intervals)
        counts.update(rounded(one.length) for one in known)
        return self.model_copy(
            update={
                "windows": joined_windows([*self.windows, *other.windows]),
                "moments": self.moments.joined(other.moments),
                "intervals": dict(counts),
                "longest": longest_intervals([*self.longest, *other.longest, *known]),
                "tangled": self.tangled or other.tangled or tangled,
                **self._runs(other, together=self.tail.value == other.head.value and not tangled),
            }
        )

    def _runs(self, other: Self, *, together: bool) -> dict[str, object]:
        if together:
            middle = Run(self.tail.value, self.tail.n + other.head.n, self.tail.since, other.head.until)
            head = middle if self.whole else self.head
            tail = middle if other.whole else other.tail
            inner = [] if self.whole or other.whole else [middle]
        else:
            head, tail = self.head, other.tail
            inner = [*([] if self.whole else [self.tail]), *([] if other.whole else [other.head])]
        enough = [run for run in inner if run.n >= self.at_least]
        return {
            "head": head,
            "tail": tail,
            "whole": together and self.whole and other.whole,
            "runs": longest_runs([*self.runs, *other.runs, *enough]),
            "stuck": self.stuck + other.stuck + len(enough),
        }


def rounded(length: int) -> int:
    """To three significant digits."""
    return round(length, min(0, DIGITS - len(str(length))))


def longest_intervals(found: Iterable[Interval]) -> list[Interval]:
    return sorted(found, key=lambda one: (-one.length, one.since))[:KEPT]


def longest_runs(found: Iterable[Run]) -> list[Run]:
    return sorted(found, key=lambda one: (-one.n, one.since))[:KEPT]


def joined_windows(found: Sequence[Window]) -> list[Window]:
    """One for each start, in order."""
    by_start: dict[int, Window] = {}
    for one in found:
        by_start[one.start] = by_start[one.start].joined(one) if one.start in by_start else one
    return [by_start[start] for start in sorted(by_start)]


def widened(windows: Sequence[Window], width: int) -> list[Window]:
    """The same in windows of a multiple of their width, in seconds."""
    return joined_windows([one._replace(start=one.start // width * width) for one in windows])
