"""The activities by which a data set streams, with inputs as they arrive: as JSON."""

from pathlib import Path
from typing import TypeVar

import pytest

from activities.agents.data_processor import DataProcessorAgent
from activities.functions.chunked_dataset import assemble_dataset, cut_dataset, lay_out_chunk
from activities.functions.ingest_dataset import read_dataset
from activities.resources import Resources, provide, resources
from fiberwise.contracts.cleaning import Cleaning, Plan
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.contracts.stream import Gathered, Part, Portion
from fiberwise.datasets.limits import Limits
from fiberwise.store.artifacts import ArtifactStore

M = TypeVar("M", bound=Payload | Asked)
EXAMPLE = Path(__file__).parents[3] / "examples" / "penguins.csv"


@pytest.fixture(autouse=True)
def small_chunks(tmp_path: Path) -> None:
    provide(Resources(str(tmp_path / "store"), tmp_path / "published", Limits(chunk_bytes=2000)))


def arrived(given: M) -> M:
    return type(given).model_validate_json(given.model_dump_json())


async def streamed(request: Request) -> Dataset:
    chunks = await cut_dataset(request)
    portions = [
        Portion[Request](request=request, chunks=chunks, number=number) for number in range(chunks.count)
    ]
    parts = [await lay_out_chunk(arrived(portion)) for portion in portions]
    return await assemble_dataset(arrived(Gathered[Request](request=request, chunks=chunks, parts=parts)))


async def test_a_data_set_from_anywhere_is_cut_laid_out_and_put_together() -> None:
    request = Request(data=str(EXAMPLE))
    found = await streamed(request)
    whole = read_dataset(request, resources().artifacts, Limits())
    assert found.chunks is not None
    assert found.chunks.count > 3
    assert found.model_copy(update={"chunks": None, "table": whole.table}) == whole


async def test_no_data_is_refused() -> None:
    with pytest.raises(BadInput, match="there is no data set to cut"):
        await cut_dataset(Request())


async def test_transform_runs_in_two_rounds_over_the_chunks_and_gives_what_the_whole_gives() -> None:
    request = Request(data=str(EXAMPLE))
    agent = DataProcessorAgent(ArtifactStore(resources().artifacts))
    dataset = await streamed(request)
    cleaning, chunks = Cleaning(dataset=dataset), dataset.chunks
    assert chunks is not None

    def gathered(parts: list[Part], plan: object = None) -> Gathered[Cleaning]:
        return arrived(Gathered[Cleaning](request=cleaning, chunks=chunks, parts=parts[::-1], so_far=plan))

    portions = [
        Portion[Cleaning](request=cleaning, chunks=chunks, number=number) for number in range(chunks.count)
    ]
    plan = await agent.merge_surveys(gathered([await agent.survey_chunk(one) for one in portions]))
    told = arrived(plan).model_dump(mode="json")
    known = [arrived(portion.model_copy(update={"so_far": told})) for portion in portions]
    done = await agent.merge_cleaned(gathered([await agent.clean_chunk(one) for one in known], told))
    whole = await agent.transform(Cleaning(dataset=read_dataset(request, resources().artifacts, Limits())))
    assert isinstance(plan, Plan)
    assert done.model_copy(update={"output": whole.output, "set_aside": whole.set_aside}) == whole
