"""The parts of a memory as models: what a data set held, which cleaning a person accepted, what was judged of it."""

from collections.abc import Collection

from fiberwise.contracts.cleaning import Rule
from fiberwise.contracts.dataset import Figure, Kind
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.profile import Column, Extract, Top

MOST_COLUMNS = 2000
LONGEST_VALUE = 200
"""A longer frequent value is not kept: to cut it would make it another."""

NEARLY = 0.95
"""Wide of the error of any estimate of distinct values."""


class KeptColumn(Payload):
    """The figures of a column that drift is told by."""

    name: str
    kind: Kind
    count: int = 0
    nulls: int = 0
    distinct: int = 0
    mean: Figure = None
    std: Figure = None
    true_count: int | None = None
    top: list[Top] = []


class Profile(Payload):
    """What a data set held; `left_out` columns, the last ones, were too many to keep."""

    rows: int
    columns: list[KeptColumn]
    left_out: int = 0


class Decision(Payload):
    """Cleaning rules that a person chose for a source."""

    rules: tuple[Rule, ...]


class Judgement(Payload):
    """What a synthesis came to: the score of quality (0 to 1), and the kinds of its findings."""

    score: float | None = None
    findings: list[str] = []


def profile_of(extract: Extract) -> Profile:
    """Of these columns what is kept."""
    rough = {(one.column, one.figure) for one in extract.approximate}
    columns = [_kept(column, rough) for column in extract.columns[:MOST_COLUMNS]]
    return Profile(rows=extract.rows, columns=columns, left_out=max(0, len(extract.columns) - MOST_COLUMNS))


def _kept(column: Column, rough: Collection[tuple[str, str]]) -> KeptColumn:
    """Frequent values whose counts are rough are left out; of roughly as many values as rows each is its own."""
    top = [] if (column.name, "top") in rough else column.top or []
    unique = (column.name, "distinct") in rough and column.distinct >= NEARLY * column.count
    return KeptColumn(
        name=column.name,
        kind=column.kind,
        count=column.count,
        nulls=column.nulls,
        distinct=column.count if unique else column.distinct,
        mean=column.mean,
        std=column.std,
        true_count=column.true_count,
        top=[one for one in top if len(one.value) <= LONGEST_VALUE],
    )
