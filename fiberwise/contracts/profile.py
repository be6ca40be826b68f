"""What `extract` finds in a data set. Definitions of the figures: docs/pipelines/complex-multi-agent.md."""

from pydantic import Field

from fiberwise.contracts.dataset import NULL_TOKENS, Dataset, Figure, Kind
from fiberwise.contracts.payload import Payload, Volume


class Study(Payload):
    """Input of `extract`."""

    dataset: Dataset
    null_tokens: tuple[str, ...] = NULL_TOKENS

    @property
    def volume(self) -> Volume:
        return self.dataset.volume

    @property
    def about(self) -> str:
        return self.dataset.about


class Top(Payload):
    value: str
    count: int


class Pattern(Payload):
    """A form that text values have (`email`, `date`, `identifier`, `url`, `uuid`), and the share of them."""

    pattern: str
    share: float


class Column(Payload):
    """One column. Figures of another kind are None; all are of values trimmed of surrounding white space."""

    name: str
    kind: Kind
    count: int
    nulls: int
    distinct: int
    min: Figure = None
    max: Figure = None
    mean: Figure = None
    std: Figure = None
    p25: Figure = None
    p50: Figure = None
    p75: Figure = None
    min_length: int | None = None
    max_length: int | None = None
    top: list[Top] | None = None
    true_count: int | None = None
    patterns: list[Pattern] = []
    mixed: dict[str, float] | None = Field(
        default=None, description="kind -> share, where non-null values disagree"
    )
    notes: list[str] = Field(default=[], description="what a reader must know, e.g. that it holds infinity")


class Approximate(Payload):
    """A figure that is not exact: which, of which column, and its error bound."""

    column: str
    figure: str
    bound: str


class Extract(Payload):
    """Result of `extract`: columns in source order; `keys` are column names that identify a row."""

    rows: int
    columns: list[Column]
    keys: list[list[str]] = []
    approximate: list[Approximate] = []

    @property
    def volume(self) -> Volume:
        return Volume(rows=self.rows)

    @property
    def about(self) -> str:
        keys = " or ".join(" + ".join(key) for key in self.keys[:2])
        return f"{len(self.columns):,} columns" + (f", a row is identified by {keys}" if keys else "")
