"""Whether a data set fits whole into the memory that a worker may use; one that does not streams, or is refused."""

from fiberwise.contracts.dataset import Artifact, Format
from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.limits import sized

STREAMED: tuple[Format, ...] = ("csv", "tsv", "jsonl", "parquet")
"""The formats that can be cut into chunks; the others are read from their end, or are one value."""
ALL_STREAMED = f"{', '.join(STREAMED[:-1])} or {STREAMED[-1]}"

# Bytes of memory that extract and transform take side by side for each byte of the file: measured at 10^6 rows.
TEXT, COLUMNS, WORKBOOK = 28, 100, 150
# What a compressed text is taken to unpack to, since to know it is to read it.
PACKED = 6


def memory_for(format: str, packed: bool, size: int) -> int:
    """About how many bytes of memory a data set takes whole, of which the file has `size`."""
    factor = {"parquet": COLUMNS, "xlsx": WORKBOOK}.get(format, TEXT)
    return size * factor * (PACKED if packed else 1)


def is_streamed(format: str, packed: bool, size: int, budget: int | None) -> bool:
    """Whether it is to stream by itself: it can, and does not fit `budget` bytes of memory (None: any fits)."""
    return budget is not None and format in STREAMED and memory_for(format, packed, size) > budget


def streams(artifact: Artifact, budget: int | None) -> bool:
    """The same of a file in the store."""
    return is_streamed(artifact.format, _packed(artifact), artifact.bytes, budget)


def check_fits(artifact: Artifact, budget: int | None) -> None:
    """Raises BadInput, with figures, for a data set that does not fit whole."""
    wanted = memory_for(artifact.format, _packed(artifact), artifact.bytes)
    if budget is None or wanted <= budget:
        return
    told = f"a {artifact.format} file of {sized(artifact.bytes)} takes about {sized(wanted)} of memory"
    hint = (
        "start it with --stream"
        if artifact.format in STREAMED
        else f"give it as {ALL_STREAMED}, which stream"
    )
    raise BadInput(
        f"{told}, and a worker may use {sized(budget)} (FIBERWISE_MEMORY_BUDGET)", where="data", hint=hint
    )


def _packed(artifact: Artifact) -> bool:
    return artifact.uri.endswith((".gz", ".zst"))
