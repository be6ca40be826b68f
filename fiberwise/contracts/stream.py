"""A data set in chunks, and the work on them: each chunk by itself, then all that came of them together."""

from typing import Any, Generic, TypeVar

from pydantic import Field

from fiberwise.contracts.canonical import Place
from fiberwise.contracts.dataset import Artifact, Chunks
from fiberwise.contracts.payload import Asked, Payload, Volume

In = TypeVar("In", bound=Payload | Asked)


class RawChunk(Payload):
    """Whole records of the source: `bytes` of the file `uri` from `offset`, with the hash of just these bytes.

    `first_line` is the line of the source file (from 1) with which it begins; 0 where it has no lines.
    """

    number: int
    uri: Place
    format: str
    offset: int
    bytes: int
    sha256: str
    first_line: int = 0


class TableChunk(Payload):
    """The rows of a chunk as Parquet of untrimmed text columns; `first_row` counts the data set's rows from 0."""

    number: int
    table: Artifact
    rows: int
    first_row: int


class Portion(Payload, Generic[In]):
    """Input of the activity that works on one chunk: the step's input, which chunk, and what earlier rounds gave.

    `so_far` is the result of the merge of the round before, as it gave it; None in the first round.
    """

    request: In
    chunks: Chunks
    number: int
    so_far: Any = None

    @property
    def about(self) -> str:
        return f"chunk {self.number + 1:,} of {self.chunks.count:,}"


class Part(Payload):
    """What came of one chunk, in a file; `rows` and `bytes` are how much of the source it stands for."""

    number: int
    file: Artifact
    rows: int = 0
    bytes: int = 0

    @property
    def volume(self) -> Volume:
        return Volume(self.rows, self.bytes)

    @property
    def about(self) -> str:
        return f"{self.rows:,} rows"


class Missing(Payload):
    """A chunk of which nothing came, and why."""

    number: int
    type: str = ""
    reason: str


class Gathered(Payload, Generic[In]):
    """Input of the activity that puts the parts of a round together: in any order, each once."""

    request: In
    chunks: Chunks
    parts: list[Part]
    missing: list[Missing] = Field(default=[], description="chunks that are not among the parts")
    so_far: Any = None

    @property
    def about(self) -> str:
        return f"{len(self.parts):,} of {self.chunks.count:,} chunks"
