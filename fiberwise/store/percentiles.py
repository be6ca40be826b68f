"""Exact percentiles in SQL that SQLite and PostgreSQL both speak: a few rows come back, of however many."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Float, FromClause, func, or_, select

from fiberwise.contracts.statistics import Percentiles

PERCENTS = (50, 95, 99)

Group = tuple[str, ...]


def percentiles(
    connection: Connection,
    source: FromClause,
    groups: Sequence[ColumnElement[str]],
    value: ColumnElement[float],
    where: Sequence[ColumnElement[bool]],
) -> dict[Group, Percentiles]:
    """By the values of `groups`: p50, p95 and p99 of `value` over the rows of `source` that fit.

    The p-th percentile of n sorted values lies at p (n - 1) / 100, between two neighbours, by linear
    interpolation. The database ranks, and gives only these neighbours.
    """
    names = [f"g{index}" for index in range(len(groups))]
    ranked = (
        select(
            *[group.label(name) for group, name in zip(groups, names, strict=True)],
            value.cast(Float(53)).label("value"),
            (func.row_number().over(partition_by=groups, order_by=value) - 1).label("rank"),
            func.count().over(partition_by=groups).label("n"),
        )
        .select_from(source)
        .where(*where, value.is_not(None))
        .subquery()
    )
    lower = [percent * (ranked.c.n - 1) // 100 for percent in PERCENTS]
    beside = or_(*[ranked.c.rank.in_((rank, rank + 1)) for rank in lower])
    values: dict[Group, dict[int, float]] = defaultdict(dict)
    counts: dict[Group, int] = {}
    for row in connection.execute(select(ranked).where(beside)).mappings():
        group = tuple(row[name] for name in names)
        values[group][row["rank"]] = row["value"]
        counts[group] = row["n"]
    return {group: _between(values[group], n) for group, n in counts.items()}


def _between(values: dict[int, float], n: int) -> Percentiles:
    p50, p95, p99 = (_at(percent, values, n) for percent in PERCENTS)
    return Percentiles(n=n, p50=p50, p95=p95, p99=p99)


def _at(percent: int, values: dict[int, float], n: int) -> float:
    rank, hundredths = divmod(percent * (n - 1), 100)
    low, high = values[rank], values[min(rank + 1, n - 1)]
    return low + (high - low) * hundredths / 100
