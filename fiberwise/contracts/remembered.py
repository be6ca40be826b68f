"""The parts of a memory as models: what a data set held, which cleaning a person accepted, what was judged of it."""

from collections.abc import Iterable

from fiberwise.contracts.cleaning import Rule
from fiberwise.contracts.dataset import Figure, Kind
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.profile import Column, Extract, Top

MOST_COLUMNS = 2000
LONGEST_VALUE = 200
"""A longer frequent value is not kept: to cut it would make it another."""


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
    rough = {one.column for one in extract.approximate if one.figure == "top"}
    columns = [kept_column(column, rough) for column in extract.columns[:MOST_COLUMNS]]
    return Profile(rows=extract.rows, columns=columns, left_out=max(0, len(extract.columns) - MOST_COLUMNS))


def kept_column(column: Column, rough: Iterable[str] = ()) -> KeptColumn:
    """Frequent values whose counts are `rough` are left out."""
    top = [] if column.name in rough else column.top or []
    return KeptColumn(
        name=column.name,
        kind=column.kind,
        count=column.count,
        nulls=column.nulls,
        distinct=column.distinct,
        mean=column.mean,
        std=column.std,
        true_count=column.true_count,
        top=[one for one in top if len(one.value) <= LONGEST_VALUE],
    )
