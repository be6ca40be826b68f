"""Results of the pipeline `data-digest`; its request is that of `complex-multi-agent`, for which it stands in."""

from pydantic import Field

from fiberwise.contracts.canonical import Place
from fiberwise.contracts.dataset import Origin, Planted, file_name
from fiberwise.contracts.payload import Payload, Volume
from fiberwise.contracts.profile import Extract


class DigestedData(Origin):
    """What was read: `Dataset` without a table of its own. `rows` and `columns` are None of what cannot be read."""

    rows: int | None = None
    columns: int | None = None
    source: Place | None = None
    planted: list[Planted] = []

    @property
    def volume(self) -> Volume:
        return Volume(self.rows, self.bytes)

    @property
    def about(self) -> str:
        known = self.rows is not None and self.columns is not None
        size = f"{self.rows:,} rows × {self.columns:,} columns" if known else "not read"
        return f"{file_name(self.source or self.uri)} · {size}"


class Digest(Payload):
    """What one pass told: the names and meanings are those of `complex-multi-agent`'s results."""

    dataset: DigestedData
    extract: Extract | None = Field(
        default=None, description="figures of the columns, those that one pass gives"
    )
    sample: list[dict[str, str | None]] = Field(
        default=[], description="the first rows, column -> cell as given"
    )
    missing: list[str] = Field(default=[], description="what could not be told, and why")

    @property
    def volume(self) -> Volume:
        return self.dataset.volume

    @property
    def about(self) -> str:
        return self.dataset.about
