"""What agents remember, in the database: read by source, changed under a lock, one row for an agent and a source.

All of it blocks, for milliseconds.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from itertools import islice

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, RowMapping, Select, select, update

from fiberwise.contracts.errors import Refused
from fiberwise.contracts.memory import FORMAT, Learnt, Memory, Recollection, State
from fiberwise.contracts.record import FinalRecord
from fiberwise.store.engine import writing
from fiberwise.store.inserting import insert_on
from fiberwise.store.memory_bounds import trimmed
from fiberwise.store.tables import agent_memory as table

Change = Callable[[State], State]

log = logging.getLogger(__name__)

NEWER = "it is of format {}, from a newer version: this one knows up to {}"
DAMAGED = "it is damaged"
BATCH = 50


def recall(engine: Engine, source: str) -> Recollection:
    """What each agent remembers of a source; what cannot be read is told as trouble, and the rest is left out."""
    found = [_memory(row) for row in _rows(engine, select(table).where(table.c.source == source))]
    troubles = [f"{one.agent} recalls nothing: {one.unreadable}" for one in found if one.unreadable]
    states = {one.agent: one.state for one in found if not one.unreadable}
    return Recollection(states=states, trouble="; ".join(troubles))


def memories(engine: Engine, agents: Collection[str] = (), limit: int = 100) -> list[Memory]:
    """The last changed first, without those that hold nothing; of these agents alone where any is named."""
    query = select(table).where(*([table.c.agent.in_(agents)] if agents else []))
    query = query.order_by(table.c.updated_at.desc(), table.c.source, table.c.agent)
    with (
        engine.connect() as connection,
        connection.execution_options(yield_per=BATCH).execute(query) as found,
    ):
        holding = (one for row in found.mappings() if not (one := _memory(row)).state.empty or one.unreadable)
        return list(islice(holding, limit))


def sources(engine: Engine, agent: str) -> list[str]:
    """The names of all that an agent remembers something of, or did until it was made to forget."""
    query = select(table.c.source).where(table.c.agent == agent).order_by(table.c.source)
    return [row["source"] for row in _rows(engine, query)]


def get_memory(engine: Engine, agent: str, source: str) -> Memory | None:
    found = _rows(engine, select(table).where(table.c.agent == agent, table.c.source == source))
    return _memory(found[0]) if found else None


def change(engine: Engine, agent: str, source: str, by: Change) -> Memory:
    """Changes a memory by a person's hand. Raises Refused for one that cannot be read."""
    with writing(engine) as connection:
        found = _locked(connection, agent, source)
        if found.unreadable:
            hint = (
                "update FiberWise" if found.unreadable != DAMAGED else "`fiberwise agents forget` clears it"
            )
            raise Refused(f"the memory was left alone: {found.unreadable}", where=source, hint=hint)
        return _written(connection, found, by(found.state))


def forget(engine: Engine, agent: str, source: str) -> None:
    """Everything, also what is damaged. Raises Refused for what a newer version wrote."""
    with writing(engine) as connection:
        found = _locked(connection, agent, source)
        if found.unreadable and found.unreadable != DAMAGED:
            raise Refused(
                f"the memory was left alone: {found.unreadable}", where=source, hint="update FiberWise"
            )
        _written(connection, found, State(forgotten_at=datetime.now(UTC)))


def learn(connection: Connection, records: Sequence[FinalRecord]) -> None:
    """Adds what executions have learnt, in the transaction of their records: in any order, however often.

    What cannot be read stays as it is, since a record must not fail for it.
    """
    told: dict[tuple[str, str], list[tuple[FinalRecord, Learnt]]] = {}
    for record in records:
        for one in record.learnt or ():
            told.setdefault((one.agent, one.source), []).append((record, one))
    for agent, source in sorted(told):  # in one order, as in write_final: else two writers could deadlock
        _learn(connection, agent, source, told[agent, source])


def _learn(
    connection: Connection, agent: str, source: str, told: Sequence[tuple[FinalRecord, Learnt]]
) -> None:
    found = _locked(connection, agent, source)
    if found.unreadable:
        log.warning("%s learnt nothing of %s: %s", agent, source, found.unreadable)
        return
    state = found.state
    for record, one in told:
        state = state.with_learnt([one], record.completed_at, record.execution_id)
    _written(connection, found, state, told[-1][0].execution_id)


def _locked(connection: Connection, agent: str, source: str) -> Memory:
    """The row, made where there is none, and held until the transaction ends: nobody's change is lost."""
    first = {
        "format": FORMAT,
        "revision": 0,
        "updated_at": datetime.now(UTC),
        "execution_id": "",
        "state": "{}",
    }
    insert = insert_on(connection)(table).values(agent=agent, source=source, **first)
    connection.execute(insert.on_conflict_do_nothing())
    query = select(table).where(table.c.agent == agent, table.c.source == source).with_for_update()
    return _memory(connection.execute(query).mappings().one())


def _written(connection: Connection, found: Memory, state: State, execution_id: str = "") -> Memory:
    if state == found.state:
        return found
    kept = trimmed(state)
    changed = {"revision": found.revision + 1, "updated_at": datetime.now(UTC), "execution_id": execution_id}
    text = kept.model_dump_json(exclude_none=True)
    mine = (table.c.agent == found.agent, table.c.source == found.source)
    connection.execute(update(table).where(*mine).values(format=FORMAT, state=text, **changed))
    known = {"state": kept, "bytes": len(text.encode()), "format": FORMAT, "unreadable": ""}
    return found.model_copy(update={**changed, **known})


def _memory(row: RowMapping) -> Memory:
    known = Memory.model_validate({**row, "bytes": len(row["state"].encode()), "state": State()})
    if known.format > FORMAT:
        return known.model_copy(update={"unreadable": NEWER.format(known.format, FORMAT)})
    try:
        return known.model_copy(update={"state": State.model_validate_json(row["state"])})
    except ValidationError:
        return known.model_copy(update={"unreadable": DAMAGED})


def _rows(engine: Engine, query: Select[*tuple[object, ...]]) -> Sequence[RowMapping]:
    with engine.connect() as connection:
        return connection.execute(query).mappings().all()
