"""A data set as steps refer to it: never its rows, always a reference to an artifact."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from fiberwise.contracts.canonical import Called, Place
from fiberwise.contracts.memory import source_name
from fiberwise.contracts.payload import Asked, Payload, Volume, added

NULL_TOKENS = ("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None")

Format = Literal["csv", "tsv", "json", "jsonl", "parquet", "xlsx"]
Figure = int | float | str | None
"""A number as JSON can hold it: infinity and integers past 64 bits are strings ("Infinity", "-Infinity")."""


def file_name(uri: str) -> str:
    """The last part of a path or URI."""
    return uri.rstrip("/").rsplit("/", 1)[-1]


class Kind(StrEnum):
    """What a column holds, when all its non-null values agree."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TEXT = "text"


class Artifact(Payload):
    """A file in the artifact store: fsspec URI, format, size in bytes, lower-case hex sha256 of its bytes."""

    uri: Place
    format: str
    bytes: int
    sha256: str

    @property
    def volume(self) -> Volume:
        return Volume(bytes=self.bytes)


class Origin(Payload):
    """A source file as given (compressed if it was), and what was found out about it."""

    uri: Place
    format: str
    encoding: str | None = None
    compression: str | None = None
    delimiter: str | None = None
    bytes: int
    sha256: str


class Chunks(Payload):
    """The chunks of a data set in source order, numbered from 0: `list` is a file with one line of JSON for each.

    `raw`: not yet laid out as tables; each line is then a `RawChunk`, else a `TableChunk` (contracts/stream.py).
    `names` are the columns of the data set in order, whichever of them a chunk has; None where only all chunks
    together tell (raw JSON Lines).
    """

    list: Artifact
    count: int
    rows: int | None = None
    raw: bool = False
    names: tuple[str, ...] | None = added()
    origin: Origin | None = added()

    @property
    def volume(self) -> Volume:
        return Volume(self.rows)

    @property
    def about(self) -> str:
        return f"{self.count:,} chunks"


class SetAside(Payload):
    """Rows that were taken out, kept in a file of their own. `uri` is None when there are none."""

    uri: Place | None = None
    rows: int = 0


class Planted(Payload):
    """One kind of defect that the generator put into one column (None: into whole rows), and how often."""

    defect: Literal["gaps", "duplicates", "outliers", "mixed", "spaces"]
    column: str | None
    count: int


class Dataset(Origin):
    """What was taken in.

    `table` is the same data as Parquet of untrimmed text columns, in source order, which is what steps read; of a data
    set that streams the same is in `chunks`, and there is no `table`.
    `source` is where the user said it is; `set_aside` are ragged rows, when the request allows them.
    """

    rows: int
    columns: int
    table: Artifact | None = None
    source: Called | None = None
    set_aside: SetAside = SetAside()
    planted: list[Planted] = []
    chunks: Chunks | None = added()
    made: str | None = added("what made it: a generator and the shape it was asked for")

    @property
    def remembered_as(self) -> str:
        """The name under which agents remember it: what people call it, or what made it; empty for neither."""
        return source_name(self.source or self.made)

    @property
    def whole(self) -> Artifact:
        """The table of a data set that does not stream. Raises TypeError for one that does."""
        if self.table is None:
            raise TypeError(f"{self.about} is in chunks: it has no table of all rows")
        return self.table

    @property
    def volume(self) -> Volume:
        return Volume(self.rows, self.bytes)

    @property
    def about(self) -> str:
        return f"{file_name(self.source or self.uri)} · {self.rows:,} rows × {self.columns:,} columns"


class Defects(Asked):
    """The share (0 to 1) of rows, or of a column's cells, that the generator spoils in each way."""

    gaps: float = Field(default=0.02, ge=0, le=1)
    duplicates: float = Field(default=0.01, ge=0, le=1)
    outliers: float = Field(default=0.005, ge=0, le=1)
    mixed: float = Field(default=0.0, ge=0, le=1)
    spaces: float = Field(default=0.01, ge=0, le=1)


class Generate(Asked):
    """Asks for a made data set: the same four values give the same bytes on every machine."""

    shape: Literal["orders", "sensors", "tickets"] = "orders"
    rows: int = Field(default=1000, ge=0, le=100_000_000)
    seed: int = Field(default=0, ge=0, lt=2**63)
    defects: Defects = Defects()

    @property
    def about(self) -> str:
        return f"made: {self.shape} · {self.rows:,} rows · seed {self.seed}"
