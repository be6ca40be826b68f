"""How large a data set may be before it is refused."""

from dataclasses import dataclass
from typing import Protocol

MIB = 1 << 20


class Bounds(Protocol):
    """What has the numbers: our settings."""

    @property
    def max_bytes(self) -> int: ...
    @property
    def max_unpacked_bytes(self) -> int: ...
    @property
    def max_unpacked_ratio(self) -> int: ...
    @property
    def max_cell_bytes(self) -> int: ...
    @property
    def memory_bytes(self) -> int: ...
    @property
    def chunk_bytes(self) -> int: ...


@dataclass(frozen=True)
class Limits:
    """Bounds of one data set; the defaults are those of the settings of the same names.

    `max_bytes` is of the file as given, `max_unpacked_bytes` of what it holds decompressed;
    `max_unpacked_ratio` is the most that the second may be of the first, asked only past 64 MiB;
    `max_cell_bytes` is of one cell in UTF-8; `memory_bytes` of the memory that it takes whole (None: any);
    `chunk_bytes` of the text of a chunk, where it streams.
    """

    max_bytes: int = 4096 * MIB
    max_unpacked_bytes: int = 16384 * MIB
    max_unpacked_ratio: int = 200
    max_cell_bytes: int = 8 * MIB
    memory_bytes: int | None = None
    chunk_bytes: int = 4 * MIB

    @classmethod
    def of(cls, given: "Bounds") -> "Limits":
        """Those of the settings."""
        return cls(
            given.max_bytes,
            given.max_unpacked_bytes,
            given.max_unpacked_ratio,
            given.max_cell_bytes,
            given.memory_bytes,
            given.chunk_bytes,
        )

    @property
    def max_row_bytes(self) -> int:
        """A row is held in memory whole, so it is bounded too."""
        return 8 * self.max_cell_bytes


def sized(count: int) -> str:
    """A number of bytes for a person: `900 bytes`, `8 MiB`, `1.5 GiB`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{count} bytes"
