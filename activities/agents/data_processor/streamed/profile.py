"""Mode extract of a data set that streams: a profile of each chunk, and of these the profile of the whole."""

from collections.abc import Iterator, Sequence

from activities.agents.data_processor.keys import MOST
from activities.agents.data_processor.streamed.accounts import Accounts
from activities.agents.data_processor.streamed.chunk import summarize
from activities.agents.data_processor.streamed.chunk_table import cells_of
from activities.agents.data_processor.streamed.description import Described, describe
from activities.agents.data_processor.streamed.partial import Partial
from fiberwise.contracts.profile import Approximate, Extract, Study
from fiberwise.contracts.stream import Missing, Part, TableChunk
from fiberwise.store.artifacts import ArtifactStore

NO_PAIRS = "no column identifies a row; pairs of columns are not looked for in a data set that streams"


def profile_chunk(study: Study, chunk: TableChunk, store_url: str) -> Part:
    """What the rows of one chunk hold, in a form that can be merged: at most a few MB, however large the chunk.

    Raises ArtifactMissing and ArtifactCorrupt.
    """
    store = ArtifactStore(store_url)
    cells = cells_of(study.dataset, chunk, store)
    file = summarize(cells, study.null_tokens).stored(store)
    return Part(number=chunk.number, file=file, rows=cells.height, bytes=chunk.table.bytes)


def merge_profiles(
    study: Study, parts: Sequence[Part], store_url: str, missing: Sequence[Missing] = ()
) -> Extract:
    """The figures of all parts together, whatever their order; `approximate` has each that is not exact, and why.

    Raises ArtifactMissing and ArtifactCorrupt.
    """
    del study  # What it asks for is in the parts.
    store, accounts = ArtifactStore(store_url), Accounts()
    for part in sorted(parts, key=lambda part: part.number):
        accounts.add(Partial.read(store, part.file))
    found = [describe(account, accounts.rows) for account in accounts.close()]
    keys = [one for one in found if _identifies(one, accounts.rows)][:MOST]
    approximate = [
        *_gaps(parts, missing),
        *(figure for one in found for figure in one.approximate),
        *_keys(keys, found, accounts.rows),
    ]
    return Extract(
        rows=accounts.rows,
        columns=[one.column for one in found],
        keys=[[one.column.name] for one in keys],
        approximate=approximate,
    )


def _identifies(one: Described, rows: int) -> bool:
    """Whether a column is a key, for all that is known."""
    return rows > 0 and not one.column.nulls and one.distinct.high >= rows


def _keys(keys: Sequence[Described], found: Sequence[Described], rows: int) -> Iterator[Approximate]:
    for one in keys:
        if not one.distinct.exact:
            bound = f"no value was seen twice within a chunk, and {rows:,} is within the bounds of its distinct values"
            yield Approximate(column=one.column.name, figure="keys", bound=bound)
    full = sorted((one.distinct.high for one in found if not one.column.nulls), reverse=True)
    if not keys and len(full) > 1 and full[0] * full[1] >= rows > 0:
        yield Approximate(column="", figure="keys", bound=NO_PAIRS)


def _gaps(parts: Sequence[Part], missing: Sequence[Missing]) -> Iterator[Approximate]:
    if missing:
        whole = len(parts) + len(missing)
        bound = f"{len(missing):,} of {whole:,} chunks are missing: all figures are of the rows of the others"
        yield Approximate(column="", figure="rows", bound=bound)
