"""A data set that lies on this machine, on its way to be read, and what was found out about it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from fiberwise.contracts.dataset import Format
from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.limits import Limits

Compression = Literal["gzip", "zstd"]
OnBadRows = Literal["refuse", "set_aside"]
ENDINGS = {None: "", "gzip": ".gz", "zstd": ".zst"}


@dataclass(frozen=True)
class Source:
    """A local file; `name` is what the user called it, whose suffixes are a hint and which errors name."""

    path: Path
    name: str
    limits: Limits

    def head(self, size: int = 4096) -> bytes:
        with self.path.open("rb") as stream:
            return stream.read(size)

    def refused(self, what: str, hint: str = "", line: int | None = None) -> BadInput:
        """The error that says what is wrong in this data set, and where."""
        short = self.name.rsplit("/", 1)[-1] or self.name
        place = "" if line is None else f"line {line}"
        message = f"{short}: {place}{' ' if place else ''}{what}"
        return BadInput(message, where=", ".join(filter(None, (self.name, place))), hint=hint)


class BadRow(NamedTuple):
    """A row with too few or too many cells: its line (from 1) and its text as given."""

    line: int
    text: str


@dataclass(frozen=True)
class How:
    """What the user chose about the reading."""

    on_bad_rows: OnBadRows = "refuse"
    sheet: str | None = None


@dataclass
class Facts:
    """What reading found out; complete only when the last row has been read."""

    format: Format
    compression: Compression | None = None
    encoding: str | None = None
    delimiter: str | None = None
    bad_rows: list[BadRow] = field(default_factory=list[BadRow])

    @property
    def suffix(self) -> str:
        """How the file's name ends in the store: `csv`, `csv.gz`."""
        return self.format + ENDINGS[self.compression]
