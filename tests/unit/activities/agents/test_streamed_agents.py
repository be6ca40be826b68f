"""The activities of a stream, one after the other as its rounds call them, in a child process of a worker."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence

import pytest

from activities.agents.advanced_test import AdvancedTestAgent
from activities.agents.data_processor import DataProcessorAgent
from fiberwise.contracts.dataset import Chunks, Dataset
from fiberwise.contracts.profile import Study
from fiberwise.contracts.stream import Gathered, Missing, Portion, TableChunk
from fiberwise.contracts.synthesis import Brief
from fiberwise.datasets.chunks import listed
from fiberwise.runtime.children import Children, use
from fiberwise.store.artifacts import ArtifactStore

Cells = Mapping[str, Sequence[str | None]]


@pytest.fixture(autouse=True)
async def children() -> AsyncIterator[None]:
    pool = Children(processes=1)
    use(pool)
    yield
    use(None)
    pool.close()


@pytest.fixture
def dataset(stored: Callable[[Cells], Dataset], store_url: str) -> Dataset:
    """In three chunks; rows of the second have no `b`."""
    parts: list[Cells] = [
        {"a": ["1", "2", "3"], "b": ["2", "4", "7"]},
        {"a": ["4", "5"]},
        {"a": ["6", "7"], "b": ["12", "14"]},
    ]
    tables, first_row = list[TableChunk](), 0
    for number, cells in enumerate(parts):
        part = stored(cells)
        tables.append(TableChunk(number=number, table=part.whole, rows=part.rows, first_row=first_row))
        first_row += part.rows
    chunks = Chunks(list=listed(ArtifactStore(store_url), tables), count=3, rows=7, names=("a", "b"))
    return Dataset(uri="x", format="jsonl", bytes=1, sha256="0", rows=7, columns=2, chunks=chunks)


async def test_a_stream_is_profiled_and_synthesized_chunk_by_chunk(dataset: Dataset, store_url: str) -> None:
    store, chunks = ArtifactStore(store_url), dataset.chunks
    assert chunks
    processor, tester = DataProcessorAgent(store), AdvancedTestAgent(store)
    study = Study(dataset=dataset)
    profiles = [
        await processor.profile_chunk(Portion[Study](request=study, chunks=chunks, number=number))
        for number in range(3)
    ]
    extract = await processor.merge_profiles(
        Gathered[Study](request=study, chunks=chunks, parts=profiles[::-1])
    )
    a, b = extract.columns
    assert (extract.rows, a.count, b.count, b.nulls, b.max) == (7, 7, 5, 2, 14)
    assert extract.keys == [["a"]]

    brief = Brief(dataset=dataset, extract=extract)
    parts = [
        await tester.synthesize_chunk(Portion[Brief](request=brief, chunks=chunks, number=number))
        for number in range(3)
    ]
    synthesis = await tester.merge_synthesis(Gathered[Brief](request=brief, chunks=chunks, parts=parts))
    [found] = synthesis.correlations
    assert (found.a, found.b, found.n) == ("a", "b", 5)
    assert synthesis.missing == ["transform"]


async def test_a_chunk_that_is_missing_is_told_in_both(dataset: Dataset, store_url: str) -> None:
    store, chunks = ArtifactStore(store_url), dataset.chunks
    assert chunks
    processor, tester = DataProcessorAgent(store), AdvancedTestAgent(store)
    study, gone = Study(dataset=dataset), [Missing(number=1, reason="its file is damaged")]
    profile = await processor.profile_chunk(Portion[Study](request=study, chunks=chunks, number=0))
    extract = await processor.merge_profiles(
        Gathered[Study](request=study, chunks=chunks, parts=[profile], missing=gone)
    )
    assert (extract.rows, extract.approximate[0].figure) == (3, "rows")
    brief = Brief(dataset=dataset, extract=extract)
    part = await tester.synthesize_chunk(Portion[Brief](request=brief, chunks=chunks, number=0))
    synthesis = await tester.merge_synthesis(
        Gathered[Brief](request=brief, chunks=chunks, parts=[part], missing=gone)
    )
    assert any(finding.kind == "missing_chunks" for finding in synthesis.findings)
