"""What agents remember, on both databases: written once with a record, by many at once, and left alone when newer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, update

from fiberwise.contracts.errors import Refused
from fiberwise.contracts.memory import PROCESSOR, TESTER, Learnt, Memory, Note, Part, Remembered, State
from fiberwise.contracts.record import FinalRecord
from fiberwise.store import memory
from fiberwise.store.agent_memory import AgentMemory
from fiberwise.store.engine import open_store, writing
from fiberwise.store.recorder import Recorder
from fiberwise.store.tables import agent_memory

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = "sales.csv"


def learnt(number: int, agent: str = PROCESSOR, part: Part = "profile") -> Learnt:
    return Learnt(agent=agent, source=SOURCE, part=part, value={"rows": number, "columns": []})


def final(number: int, *told: Learnt) -> FinalRecord:
    """Of the execution of this number, which ended so many seconds after the start."""
    return FinalRecord(
        execution_id=str(UUID(int=number)),
        pipeline="p",
        status="completed",
        outcome="full",
        started_at=START,
        completed_at=START + timedelta(seconds=number),
        learnt=[*told] or [learnt(number)],
    )


def learn(engine: Engine, *records: FinalRecord) -> None:
    with writing(engine) as connection:
        memory.learn(connection, records)


def remembered(engine: Engine, agent: str = PROCESSOR) -> Memory:
    found = memory.get_memory(engine, agent, SOURCE)
    assert found
    return found


def rows(found: Memory, part: Part = "profile") -> list[object]:
    return [one.value["rows"] for one in found.state.parts[part]]


def test_what_is_learnt_is_recalled_by_the_name_of_the_source(engine: Engine):
    learn(engine, final(1, learnt(1), learnt(7, TESTER, "judgement")))
    found = memory.recall(engine, SOURCE)
    assert {agent: list(state.parts) for agent, state in found.states.items()} == {
        PROCESSOR: ["profile"],
        TESTER: ["judgement"],
    }
    assert memory.recall(engine, "other.csv").states == {}


def test_a_record_that_is_written_twice_is_remembered_once(engine: Engine):
    learn(engine, final(1))
    once = remembered(engine)
    learn(engine, final(1), final(1))
    assert remembered(engine) == once
    assert once.revision == 1


def test_a_late_record_does_not_stand_over_newer_memory(engine: Engine):
    learn(engine, final(2))
    learn(engine, final(1))
    assert rows(remembered(engine)) == [2, 1]


def test_two_connections_that_learn_at_once_lose_nothing(engine: Engine):
    def note(number: int) -> None:
        learn(engine, final(number))
        memory.change(engine, PROCESSOR, SOURCE, lambda state: _noted(state, str(number)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(note, range(1, 25)))
    found = remembered(engine)
    assert rows(found) == [24, 23, 22, 21, 20]
    assert sorted(int(one.text) for one in found.state.notes) == list(range(1, 25))


def _learn_in_a_process(url: str, first: int) -> None:
    engine = open_store(url)
    for number in range(first, first + 10):
        learn(engine, final(number, learnt(number), learnt(number, TESTER, "judgement")))
        memory.change(engine, TESTER, SOURCE, lambda state, number=number: _noted(state, str(number)))
    engine.dispose()


def _noted(state: State, text: str) -> State:
    note = Note(id=len(state.notes) + 1, at=START, text=text)
    return state.model_copy(update={"notes": [*state.notes, note]})


def test_processes_that_learn_and_note_at_once_lose_nothing(url: str, engine: Engine):
    with get_context("spawn").Pool(3) as pool:
        pool.starmap(_learn_in_a_process, [(url, first) for first in (1, 101, 201)])
    tester = remembered(engine, TESTER)
    assert rows(remembered(engine)) == [210, 209, 208, 207, 206]
    assert sorted(int(note.text) for note in tester.state.notes) == [
        first + number for first in (1, 101, 201) for number in range(10)
    ]
    assert rows(tester, "judgement") == [210, 209, 208, 207, 206]


def test_what_a_newer_version_wrote_is_neither_read_nor_written_nor_forgotten(engine: Engine):
    learn(engine, final(1))
    _spoil(engine, format=99)
    found = memory.recall(engine, SOURCE)
    assert (found.states, "newer version" in found.trouble) == ({}, True)
    learn(engine, final(2))
    assert remembered(engine).revision == 1
    with pytest.raises(Refused, match="format 99"):
        memory.change(engine, PROCESSOR, SOURCE, lambda state: state)
    with pytest.raises(Refused, match="format 99"):
        memory.forget(engine, PROCESSOR, SOURCE)


@pytest.mark.parametrize("state", ["{", '{"parts": 3}', "null", ""])
def test_what_is_damaged_costs_no_record_and_can_be_forgotten(engine: Engine, state: str):
    learn(engine, final(1))
    _spoil(engine, state=state)
    assert "damaged" in memory.recall(engine, SOURCE).trouble
    learn(engine, final(2))
    memory.forget(engine, PROCESSOR, SOURCE)
    assert remembered(engine).state.empty


def test_what_was_forgotten_stays_so_for_records_that_come_late(engine: Engine):
    learn(engine, final(1))
    memory.forget(engine, PROCESSOR, SOURCE)
    learn(engine, final(2))
    assert remembered(engine).state.empty
    assert memory.memories(engine) == []
    later = Remembered(at=datetime.now(UTC) + timedelta(days=1), value={})
    memory.change(engine, PROCESSOR, SOURCE, lambda state: state.with_part("profile", later))
    assert [one.source for one in memory.memories(engine)] == [SOURCE]


def test_memories_are_listed_last_changed_first(engine: Engine):
    for source in ("a", "b", "c"):
        learn(engine, final(1, learnt(1).model_copy(update={"source": source})))
    assert [one.source for one in memory.memories(engine, [PROCESSOR], limit=2)] == ["c", "b"]
    assert memory.memories(engine, [TESTER]) == []


@pytest.mark.parametrize("remembers", [True, False])
def test_a_recorder_writes_it_with_the_record_unless_it_is_told_not_to(
    url: str, tmp_path: Path, remembers: bool
):
    async def record() -> None:
        recorder = Recorder(url, str(tmp_path / "artifacts"), remembers=remembers)
        await recorder.record_final(final(1))
        recalled = await AgentMemory(recorder).recall(SOURCE)
        assert bool(recalled.states) == remembers
        await recorder.close()

    asyncio.run(record())


def test_a_store_that_is_away_is_told_as_trouble(tmp_path: Path):
    async def recall() -> str:
        recorder = Recorder("postgresql://nobody@127.0.0.1:1/none", str(tmp_path))
        found = await AgentMemory(recorder).recall(SOURCE)
        await recorder.close()
        return found.trouble

    assert "nothing was recalled" in asyncio.run(recall())


def _spoil(engine: Engine, **values: object) -> None:
    with writing(engine) as connection:
        connection.execute(update(agent_memory).where(agent_memory.c.agent == PROCESSOR).values(**values))
