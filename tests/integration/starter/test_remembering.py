"""A program looks at what agents remember, and corrects it; rules that it gives win over accepted ones."""

from pathlib import Path

import pytest
from temporalio.client import Client

from activities.resources import Resources, provide
from fiberwise.contracts.cleaning import Rule
from fiberwise.contracts.errors import BadInput, NotFound, Refused
from fiberwise.contracts.memory import AGENTS, MOST_NOTES, PROCESSOR, TESTER
from fiberwise.contracts.view import RunAnswer
from fiberwise.runtime.settings import Settings
from starter.client import FiberWise
from starter.connection import Connection
from tests.conftest import Serve
from workflows import AVAILABLE_PIPELINES

PIPELINE = "complex-multi-agent"


@pytest.fixture
def fiberwise(client: Client, settings: Settings) -> FiberWise:
    provide(Resources(settings.artifacts_url, settings.published_folder))
    return FiberWise(Connection(client, settings, ""), user="ann")


@pytest.fixture
def data(tmp_path: Path) -> str:
    file = tmp_path / "few.csv"
    file.write_text("a,b\n1,x\n2,y\n2,y\n")
    return str(file)


def rules_used(found: RunAnswer) -> tuple[bool, object]:
    """Whether they were accepted ones, and how many rows came out."""
    transform = found.results["transform"]
    return "accepted" in transform, transform["rows_out"]


async def test_a_program_notes_accepts_and_forgets(fiberwise: FiberWise, serve: Serve, data: str):
    async with serve(AVAILABLE_PIPELINES):
        await fiberwise.run(PIPELINE, {"data": data})
        assert {one.agent for one in await fiberwise.memories()} == set(AGENTS)
        noted = await fiberwise.note(TESTER, "few.csv", "from the shop in Bonn")
        await fiberwise.accept("few.csv", ["casts"])
        found = await fiberwise.run(PIPELINE, {"data": data})
    assert (noted.source, noted.state.notes[0].by) == (data, "ann")
    assert [note["text"] for note in found.results["synthesis"]["notes"]] == ["from the shop in Bonn"]
    assert await fiberwise.forget(PROCESSOR, "few.csv") == data
    with pytest.raises(NotFound):
        await fiberwise.memory(PROCESSOR, "few.csv")
    assert (await fiberwise.memory(TESTER, data)).state.notes


async def test_rules_that_are_given_win_in_a_start_and_in_a_rerun(
    fiberwise: FiberWise, serve: Serve, data: str
):
    async with serve(AVAILABLE_PIPELINES):
        plain = await fiberwise.run(PIPELINE, {"data": data})
        await fiberwise.accept(data, ["casts"])
        given = await fiberwise.run(PIPELINE, {"data": data, "rules": list(Rule)})
        await fiberwise.accept(data, ["casts"])
        reran = await fiberwise.answer((await fiberwise.rerun(plain.execution_id)).handle.id)
        changed = await fiberwise.rerun(plain.execution_id, changes={"rules": [str(rule) for rule in Rule]})
        over = await fiberwise.answer(changed.handle.id)
    told = [rules_used(one) for one in (plain, given, reran, over)]
    assert told == [(False, 2), (False, 2), (True, 3), (False, 2)]


async def test_what_does_not_fit_is_refused_in_words(fiberwise: FiberWise, serve: Serve, data: str):
    with pytest.raises(NotFound, match="no record store"):
        await fiberwise.note(TESTER, "x.csv", "too early")
    async with serve(AVAILABLE_PIPELINES):
        await fiberwise.run(PIPELINE, {"data": data})
    with pytest.raises(NotFound, match="no agent"):
        await fiberwise.memories("Nobody")
    with pytest.raises(BadInput, match="no cleaning rule"):
        await fiberwise.accept(data, ["scrub"])
    for n in range(MOST_NOTES):
        await fiberwise.note(TESTER, data, f"note {n}")
    with pytest.raises(Refused, match="notes already"):
        await fiberwise.note(TESTER, data, "one more")


async def test_a_file_name_that_fits_several_sources_is_not_guessed_at(
    fiberwise: FiberWise, serve: Serve, data: str
):
    async with serve(AVAILABLE_PIPELINES):
        await fiberwise.run(PIPELINE, {"data": data})
    for source in ("north/sales.csv", "south/sales.csv"):
        await fiberwise.note(TESTER, source, "x")
    with pytest.raises(BadInput, match="may be"):
        await fiberwise.memory(TESTER, "sales.csv")
