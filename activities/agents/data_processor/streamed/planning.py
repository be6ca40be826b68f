"""What all chunks together say: the kind of each column, and which rows repeat one above."""

from collections.abc import Iterable, Iterator, Sequence

from activities.agents.data_processor.rules import EXAMPLES
from activities.agents.data_processor.streamed.fitting import ColumnCast, Fit, chosen, together
from activities.agents.data_processor.streamed.repeats import at_hand, by_chunk, keep, later_ones, scratch
from activities.agents.data_processor.streamed.surveying import Survey, chunks_of
from fiberwise.contracts.cleaning import Cleaning, Plan
from fiberwise.contracts.dataset import Artifact, Chunks
from fiberwise.contracts.errors import PipelineError
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.stream import Part, TableChunk
from fiberwise.datasets.chunks import read_chunks
from fiberwise.store.artifacts import ArtifactStore


class Repeats(Payload):
    """The rows of a chunk that repeat one above, in whichever chunk: a table with columns `row` and `first`."""

    number: int
    rows: int
    table: Artifact


def merge_surveys(cleaning: Cleaning, parts: Sequence[Part], store_url: str) -> Plan:
    """The plan by which each chunk is cleaned. Raises ArtifactMissing and ArtifactCorrupt.

    Raises PipelineError where parts were made by other rules or by another version of the table engine.
    """
    store = ArtifactStore(store_url)
    ordered, chunks = sorted(parts, key=lambda part: part.number), chunks_of(cleaning)
    surveys = (Survey.model_validate_json(store.read_bytes(part.file)) for part in ordered)
    fits, hashes = _gathered(cleaning, surveys)
    repeats, first = _repeats(store, chunks, hashes, sum(part.rows for part in ordered))
    known = {part.number for part in ordered}
    return Plan(
        rules=cleaning.rules,
        casts=write_casts(store, chosen(fits)),
        repeats=_lines(store, repeats) if repeats else None,
        repeated_rows=sum(one.rows for one in repeats),
        first_repeats=tuple(first),
        unknown=tuple(number for number in range(chunks.count) if number not in known),
    )


def write_casts(store: ArtifactStore, casts: Iterable[ColumnCast]) -> Artifact:
    return _lines(store, casts)


def read_casts(store: ArtifactStore, plan: Plan) -> list[ColumnCast]:
    return [ColumnCast.model_validate_json(line) for line in store.read_bytes(plan.casts).splitlines()]


def read_repeats(store: ArtifactStore, plan: Plan, number: int) -> Repeats | None:
    """Which rows of one chunk the plan takes out."""
    lines = store.read_bytes(plan.repeats).splitlines() if plan.repeats else []
    found = (Repeats.model_validate_json(line) for line in lines)
    return next((one for one in found if one.number == number), None)


def table_chunks(store: ArtifactStore, chunks: Chunks) -> Iterator[TableChunk]:
    for chunk in read_chunks(store, chunks):
        if isinstance(chunk, TableChunk):
            yield chunk


def row_ranges(store: ArtifactStore, chunks: Chunks) -> Iterator[tuple[int, int]]:
    """The first row of each chunk, and that after its last."""
    return ((chunk.first_row, chunk.first_row + chunk.rows) for chunk in table_chunks(store, chunks))


def _gathered(cleaning: Cleaning, surveys: Iterable[Survey]) -> tuple[list[Fit], list[Artifact]]:
    fits, hashes, engines = list[Fit](), list[Artifact](), set[str]()
    for survey in surveys:
        engines.add(survey.engine)
        if survey.rules != cleaning.rules or len(engines) > 1:
            what = "chunks were surveyed by different rules, or by different versions of the table engine"
            raise PipelineError(what, where=cleaning.dataset.about, hint="run it again from the start")
        pairs = zip(fits, survey.columns, strict=True)
        fits = [together(*pair) for pair in pairs] if fits else survey.columns
        hashes += [survey.hashes] if survey.hashes else []
    return fits, hashes


def _repeats(
    store: ArtifactStore, chunks: Chunks, hashes: Sequence[Artifact], rows: int
) -> tuple[list[Repeats], list[str]]:
    found, shown = list[Repeats](), list[str]()
    with at_hand(store, hashes) as paths, scratch() as folder:
        for number, table in by_chunk(folder, later_ones(paths, rows), row_ranges(store, chunks)):
            found.append(Repeats(number=number, rows=table.height, table=keep(store, table, "row")))
            pairs = table.head(EXAMPLES - len(shown)).iter_rows()
            shown += [f"row {row + 1} -> removed, the same as row {first + 1}" for row, first in pairs]
    return found, shown


def _lines(store: ArtifactStore, models: Iterable[Payload]) -> Artifact:
    return store.put_bytes("".join(f"{one.model_dump_json()}\n" for one in models).encode(), "jsonl")
