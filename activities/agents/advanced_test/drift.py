"""What has moved in a data source since an earlier execution, beyond chance and by enough to matter."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from activities.agents.advanced_test.significance import (
    LEAST_EXPECTED,
    Moments,
    Verdict,
    compare_counts,
    compare_means,
    compare_shares,
    holm,
)
from fiberwise.contracts.dataset import Figure, Kind
from fiberwise.contracts.drift import ALPHA, Change, What
from fiberwise.contracts.remembered import KeptColumn, Profile

FLOORS: Mapping[What, float] = {"nulls": 0.2, "true": 0.2, "top": 0.1, "mean": 0.2}
"""The least effect that counts, by Cohen's own word `small`: else a million rows make every column drift."""

NUMERIC = (Kind.INTEGER, Kind.NUMBER)


class Compared(NamedTuple):
    """One test of one column: what it compares, then and now, and the words for it; `{}` takes the figures."""

    column: str
    what: What
    before: Figure
    now: Figure
    verdict: Verdict
    text: str


def changes(before: Profile, now: Profile) -> tuple[list[Change], int]:
    """The columns that are not as they were, and how many tests were made; each p is corrected for that number."""
    compared = list(_compared(before, now))
    corrected = holm([one.verdict.p for one in compared])
    moved = [
        _change(one, p)
        for one, p in zip(compared, corrected, strict=True)
        if p < ALPHA and one.verdict.effect >= FLOORS[one.what]
    ]
    return [*_of_columns(before, now), *moved], len(compared)


def _of_columns(before: Profile, now: Profile) -> Iterator[Change]:
    """What needs no test. Where not all columns were kept, none can be called new."""
    then, today = _by_name(before), _by_name(now)
    for name in () if now.left_out else then:
        if name not in today:
            yield Change(column=name, what="gone", text=f"`{name}` is gone")
    for name in () if before.left_out else today:
        if name not in then:
            yield Change(column=name, what="come", text=f"`{name}` is new")
    for a, b in _pairs(before, now):
        if a.count and b.count and a.kind != b.kind:
            text = f"`{a.name}` was {a.kind}, and is {b.kind} now"
            yield Change(column=a.name, what="kind", before=str(a.kind), now=str(b.kind), text=text)


def _compared(before: Profile, now: Profile) -> Iterator[Compared]:
    for a, b in _pairs(before, now):
        found = (_nulls(a, b), _truths(a, b), _tops(a, b), _means(a, b))
        yield from (one for one in found if one)


def _nulls(a: KeptColumn, b: KeptColumn) -> Compared | None:
    cells_a, cells_b = a.count + a.nulls, b.count + b.nulls
    verdict = compare_shares(a.nulls, cells_a, b.nulls, cells_b)
    if not verdict:
        return None
    before, after = a.nulls / cells_a, b.nulls / cells_b
    text = f"`{a.name}` lacks {after:.1%} of its values, before {before:.1%}"
    return Compared(a.name, "nulls", before, after, verdict, text)


def _truths(a: KeptColumn, b: KeptColumn) -> Compared | None:
    if a.true_count is None or b.true_count is None:
        return None
    verdict = compare_shares(a.true_count, a.count, b.true_count, b.count)
    if not verdict:
        return None
    before, after = a.true_count / a.count, b.true_count / b.count
    text = f"`{a.name}` is true in {after:.1%} of its values, before in {before:.1%}"
    return Compared(a.name, "true", before, after, verdict, text)


def _tops(a: KeptColumn, b: KeptColumn) -> Compared | None:
    """Over the values whose counts are known then and now, each with enough of them, and all others together."""
    known = _counted(a, b)
    smaller = min(a.count, b.count)
    common = [
        value for value, (x, y) in known.items() if smaller * (x + y) >= LEAST_EXPECTED * (a.count + b.count)
    ]
    then, today = ([known[value][side] for value in common] for side in (0, 1))
    verdict = compare_counts([*then, a.count - sum(then)], [*today, b.count - sum(today)]) if common else None
    if not verdict:
        return None
    shares = {value: (known[value][0] / a.count, known[value][1] / b.count) for value in common}
    most = max(common, key=lambda value: abs(shares[value][1] - shares[value][0]))
    before, after = shares[most]
    text = f"`{a.name}` is “{most[:40]}” in {after:.1%} of its values, before in {before:.1%}"
    return Compared(a.name, "top", before, after, verdict, text)


def _counted(a: KeptColumn, b: KeptColumn) -> dict[str, tuple[int, int]]:
    """A value among one's most frequent alone has a known count in the other only if that one's list is whole."""
    then, today = ({top.value: top.count for top in column.top} for column in (a, b))
    if a.kind is not Kind.TEXT or b.kind is not Kind.TEXT:
        return {}
    values = list(dict.fromkeys([*then, *today]))
    whole_a, whole_b = len(then) >= a.distinct, len(today) >= b.distinct
    return {
        value: (then.get(value, 0), today.get(value, 0))
        for value in values
        if (value in then or whole_a) and (value in today or whole_b)
    }


def _means(a: KeptColumn, b: KeptColumn) -> Compared | None:
    """Not of what only numbers the rows: a mean of identifiers says how many rows there are."""
    if a.kind not in NUMERIC or b.kind not in NUMERIC or (_identifies(a) and _identifies(b)):
        return None
    then, today = _moments(a), _moments(b)
    verdict = compare_means(then, today) if then and today else None
    if not (verdict and then and today):
        return None
    text = f"the mean of `{a.name}` is {today.mean:,.6g}, before {then.mean:,.6g}"
    return Compared(a.name, "mean", then.mean, today.mean, verdict, text)


def _moments(column: KeptColumn) -> Moments | None:
    if column.mean is None or column.std is None:
        return None
    mean, std = float(column.mean), float(column.std)
    return Moments(column.count, mean, std) if math.isfinite(mean) and math.isfinite(std) else None


def _identifies(column: KeptColumn) -> bool:
    return column.kind is Kind.INTEGER and column.distinct == column.count


def _change(one: Compared, p: float) -> Change:
    verdict = one.verdict
    return Change(
        column=one.column,
        what=one.what,
        before=one.before,
        now=one.now,
        test=verdict.test,
        statistic=_figure(verdict.statistic),
        degrees=verdict.degrees,
        p_alone=verdict.p,
        p=p,
        effect=_figure(verdict.effect),
        text=f"{one.text} ({verdict.test} {verdict.statistic:.3g}, p {_told(p)})",
    )


def _figure(x: float) -> Figure:
    return x if math.isfinite(x) else ("Infinity" if x > 0 else "-Infinity")


def _told(p: float) -> str:
    return f"= {p:.2g}" if p >= 1e-99 else "< 1e-99"


def _pairs(before: Profile, now: Profile) -> Iterator[tuple[KeptColumn, KeptColumn]]:
    today = _by_name(now)
    return ((a, today[a.name]) for a in before.columns if a.name in today)


def _by_name(profile: Profile) -> dict[str, KeptColumn]:
    return {column.name: column for column in profile.columns}


def in_words(found: Sequence[Change], tests: int) -> str:
    """One sentence."""
    if not found:
        return (
            f"Nothing has drifted: {tests} tests, corrected by Holm's method, found no change beyond chance."
        )
    columns = len({change.column for change in found})
    return f"{columns} {'column has' if columns == 1 else 'columns have'} drifted ({tests} tests, by Holm's method)."
