"""What came of all chunks as one result: rows appended in their order, and what was counted summed."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from activities.agents.data_processor.cleaning import ROW_GROUP
from activities.agents.data_processor.naming import clean_names
from activities.agents.data_processor.rules import EXAMPLES
from activities.agents.data_processor.streamed.chunk_cleaning import Cleaned, clean_chunk
from activities.agents.data_processor.streamed.collisions import colliding
from activities.agents.data_processor.streamed.counting import Tally, removed_rows, repeats_told
from activities.agents.data_processor.streamed.planning import read_casts, write_casts
from activities.agents.data_processor.streamed.repeats import at_hand, scratch
from activities.agents.data_processor.streamed.surveying import chunks_of
from fiberwise.contracts.cleaning import CleanedTable, Cleaning, Plan, Rule, RuleCount, Transform
from fiberwise.contracts.dataset import Artifact, SetAside
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.stream import Part
from fiberwise.datasets.assembling import table_chunk
from fiberwise.store.artifacts import ArtifactStore


def merge_cleaned(cleaning: Cleaning, plan: Plan, parts: Sequence[Part], store_url: str) -> Transform:
    """The result of `transform`, as if the data set had been cleaned whole.

    Where a cast turns out to lose something, chunks are cleaned once more without it, which is rare and takes long.
    Raises ArtifactMissing and ArtifactCorrupt, BadInput where no chunk is left.
    """
    if not parts:
        raise BadInput("no chunk could be cleaned", where=cleaning.dataset.about)
    store, cleaning = ArtifactStore(store_url), cleaning.model_copy(update={"rules": plan.rules})
    work = Joining(store, cleaning, plan, sorted(parts, key=lambda part: part.number))
    rewritten = work.places(lambda one: one.rewritten)
    work = work.without(work.places(lambda one: one.nulling))
    if rewritten and Rule.DUPLICATE_ROWS in plan.rules:
        work = work.without(work.colliding())
    return _transform(work)


@dataclass
class Joining:
    """The parts in order of their chunks, and the plan by which they were made."""

    store: ArtifactStore
    cleaning: Cleaning
    plan: Plan
    parts: list[Part]

    def cleaned(self) -> Iterator[Cleaned]:
        return (Cleaned.model_validate_json(self.store.read_bytes(part.file)) for part in self.parts)

    def places(self, of: Callable[[Cleaned], Collection[int]]) -> set[int]:
        return {place for one in self.cleaned() for place in of(one)}

    def colliding(self) -> list[int]:
        hashes = [one.hashes for one in self.cleaned() if one.hashes]
        rows = sum(part.rows for part in self.parts)
        return colliding(self.store, self.cleaning, self.plan, hashes, rows)

    def without(self, places: Collection[int]) -> "Joining":
        """The same with these columns left as texts."""
        if not places:
            return self
        casts = [one for one in read_casts(self.store, self.plan) if one.place not in places]
        plan = self.plan.model_copy(update={"casts": write_casts(self.store, casts)})
        chunks = (table_chunk(self.store, chunks_of(self.cleaning), part.number) for part in self.parts)
        parts = [clean_chunk(self.cleaning, chunk, plan, self.store.url) for chunk in chunks]
        return replace(self, plan=plan, parts=parts)


@dataclass
class _Sum:
    tally: Tally = field(default_factory=Tally)
    rows_in: int = 0
    rows_out: int = 0
    empty: int = 0
    first_empty: list[int] = field(default_factory=list[int])
    repeated: int = 0
    taken: int = 0
    outputs: list[Artifact] = field(default_factory=list[Artifact])
    beside: list[str] = field(default_factory=list[str])

    def add(self, one: Cleaned) -> None:
        self.tally.add(one.changes)
        self.rows_in, self.rows_out = self.rows_in + one.rows_in, self.rows_out + one.rows_out
        self.empty, self.repeated = self.empty + one.empty, self.repeated + one.repeated
        self.first_empty += one.first_empty[: EXAMPLES - len(self.first_empty)]
        self.taken += one.set_aside.rows
        self.outputs.append(one.output)
        self.beside += [one.set_aside.uri] if one.set_aside.uri else []


def _transform(work: Joining) -> Transform:
    total, store = _Sum(), work.store
    for one in work.cleaned():
        total.add(one)
    output = _joined(store, total.outputs)
    beside = _joined(store, [store.known(uri) for uri in total.beside]) if total.beside else None
    return Transform(
        rows_in=total.rows_in,
        rows_out=total.rows_out,
        rules=list(_rules(work, total)),
        output=CleanedTable(**output.model_dump(), rows=total.rows_out),
        set_aside=SetAside(uri=beside.uri, rows=total.taken) if beside else SetAside(),
        duplicate_rows=total.repeated,
    )


def _rules(work: Joining, total: _Sum) -> Iterator[RuleCount]:
    names = chunks_of(work.cleaning).names or ()
    for rule in (rule for rule in Rule if rule in work.plan.rules):
        match rule:
            case Rule.EMPTY_ROWS:
                yield removed_rows(rule, total.empty, (f"row {row} -> removed" for row in total.first_empty))
            case Rule.DUPLICATE_ROWS:
                yield repeats_told(work.plan, total.repeated)
            case Rule.SNAKE_CASE:
                pairs = zip(names, clean_names(names), strict=True)
                texts = [f"{before} -> {after}" for before, after in pairs if before != after]
                count, shown = len(texts), texts[:EXAMPLES]
                yield RuleCount(rule=rule, column=None, count=count, unit="columns", examples=shown)
            case _:
                yield from total.tally.counts(rule, names)


def _joined(store: ArtifactStore, files: Sequence[Artifact]) -> Artifact:
    """The rows of some Parquet files in one, appended by a sink that holds few of them at a time."""
    with at_hand(store, files) as paths, scratch() as folder:
        path = folder / "table.parquet"
        pl.scan_parquet(paths, glob=False).sink_parquet(
            path, compression="zstd", compression_level=1, row_group_size=ROW_GROUP, maintain_order=True
        )
        return store.put_file(path, "parquet")
