"""A data set in chunks, and the work on them: each chunk by itself, then all that came of them together."""

from typing import Any, Generic, Protocol, TypeVar

from pydantic import Field

from fiberwise.contracts.canonical import Place
from fiberwise.contracts.dataset import Artifact, Chunks, Dataset
from fiberwise.contracts.payload import Asked, Payload, Volume

In = TypeVar("In", bound=Payload | Asked)
TOLD = 100  # chunks that failed, of which a result tells; the ledger has all


class HasDataset(Protocol):
    """The input of a step that works on a data set."""

    @property
    def dataset(self) -> Dataset: ...


def chunks_of(asked: HasDataset) -> Chunks | None:
    """The chunks of its data set, where that streams."""
    return asked.dataset.chunks


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


class Redriven(Payload):
    """What an earlier execution's stream has done: good for the same version of the step, input and chunks.

    `chunks` is the sha256 of their list.
    """

    version: int
    input_hash: str
    chunks: str
    ledgers: list["Ledger"]


class Tally(Payload):
    """A ledger in short: how many chunks are done, failed and never tried; of the failed the first hundred, and why."""

    count: int
    done: int
    never_tried: int = 0
    failed: int = 0
    why: list[Missing] = []


class Ledger(Payload):
    """What became of each chunk in one round: `done` or `failed`; the rest of `count` was never tried."""

    count: int
    done: list[Part] = []
    failed: list[Missing] = []

    @property
    def never_tried(self) -> int:
        return self.count - len(self.done) - len(self.failed)

    @property
    def gaps(self) -> int:
        """How many chunks are not done."""
        return self.count - len(self.done)

    @property
    def again(self) -> "Ledger":
        """What is done, the rest to be tried."""
        return self.model_copy(update={"failed": []})

    @property
    def about(self) -> str:
        more = f", {len(self.failed):,} failed" if self.failed else ""
        return f"{len(self.done):,} of {self.count:,} chunks{more}"

    @property
    def tally(self) -> Tally:
        return Tally(
            count=self.count,
            done=len(self.done),
            never_tried=self.never_tried,
            failed=len(self.failed),
            why=sorted(self.failed, key=lambda one: one.number)[:TOLD],
        )

    def with_part(self, part: Part) -> "Ledger":
        return self.model_copy(update={"done": [*self.done, part]})

    def without(self, missing: Missing) -> "Ledger":
        return self.model_copy(update={"failed": [*self.failed, missing]})

    @property
    def open(self) -> list[int]:
        """The numbers of the chunks that were never tried, in order."""
        seen = {one.number for one in (*self.done, *self.failed)}
        return [number for number in range(self.count) if number not in seen]


class Effort(Payload):
    """What the activities of a stream cost in all: CPU in ms, the highest memory of one in bytes.

    `rows` and `bytes` are of the data that they went through, in the first round.
    """

    cpu_ms: float = 0
    peak_rss_bytes: int | None = None
    rows: int = 0
    bytes: int = 0


class Streamed(Payload):
    """What a streamed step gave: its result as JSON, and the ledger of each round."""

    value: Any
    ledgers: list[Ledger]
    effort: Effort = Effort()
