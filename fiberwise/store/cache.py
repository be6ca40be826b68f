"""The step cache in the database: one look-up, one keeping, one lease at a time for each key. All of it blocks."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, or_, select, update

from fiberwise.contracts import step_cache as told
from fiberwise.contracts.step_cache import Answer, CacheKey, Claim
from fiberwise.store.engine import writing
from fiberwise.store.inserting import insert_on
from fiberwise.store.tables import step_cache as entries
from fiberwise.store.tables import step_cache_leases as leases
from fiberwise.store.tables import step_cache_uses as uses

# Whoever computes renews the lease each second: after so long without, another may.
LEASE = timedelta(seconds=3)
# An expired entry is kept for so long, since it can still say what changed.
REMEMBERED = timedelta(days=30)
# Who has not renewed its lease for so long is dead, and nobody else wants the key: else it had been taken over.
DEAD = timedelta(hours=1)


class Kept(NamedTuple):
    """An answer as the database has it: a large value is an artifact, named by its URI."""

    answer: Answer
    artifact: str = ""


def take(engine: Engine, claim: Claim, damaged: bool = False) -> Kept:
    """What is kept for a claim, or else whether the claimant is to compute it: then it has the lease.

    `damaged` drops what is kept, since it was taken and found not to be whole.
    """
    with writing(engine) as connection:
        now = _now(connection)
        if damaged:
            connection.execute(delete(entries).where(entries.c.key == claim.key.digest))
        return _hit(connection, claim, now) or _computes(connection, claim, now, damaged)


def keep(engine: Engine, claim: Claim, value: str | None, artifact: str | None, size: int) -> None:
    """Keeps a result in place of an earlier one: either as `value` or as an artifact's URI. `size` is in bytes."""
    with writing(engine) as connection:
        now = _now(connection)
        row = {"step": claim.key.step, "parts": claim.key.parts, "value": value, "artifact": artifact}
        made = {"execution_id": UUID(claim.execution_id), "made_at": now, "expires_at": now + claim.ttl}
        row |= {"bytes": size, **made}
        insert = insert_on(connection)(entries).values(key=claim.key.digest, **row)
        connection.execute(insert.on_conflict_do_update(index_elements=["key"], set_=row))
        # Those who took the earlier result did not take this one.
        connection.execute(delete(uses).where(uses.c.key == claim.key.digest))
        connection.execute(delete(entries).where(entries.c.expires_at < now - REMEMBERED))
        connection.execute(delete(leases).where(leases.c.until < now - DEAD))


def renew(engine: Engine, claim: Claim) -> None:
    with writing(engine) as connection:
        until = _now(connection) + LEASE
        connection.execute(update(leases).where(*_held_by(claim)).values(until=until))


def release(engine: Engine, claim: Claim) -> None:
    with writing(engine) as connection:
        connection.execute(delete(leases).where(*_held_by(claim)))


def _hit(connection: Connection, claim: Claim, now: datetime) -> Kept | None:
    fits = (entries.c.key == claim.key.digest, entries.c.made_at > now - claim.ttl)
    # Held until its use is noted: nobody clears or replaces it in between.
    query = select(entries).where(*fits).with_for_update(read=True)
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        return None
    _note_use(connection, claim, now)
    hit = Answer("hit", told.hit_from(str(found["execution_id"])), found["value"] or "")
    return Kept(hit, found["artifact"] or "")


def _computes(connection: Connection, claim: Claim, now: datetime, damaged: bool) -> Kept:
    if not _leads(connection, claim, now):
        return Kept(Answer("busy"))
    why = told.DAMAGED if damaged else _why(connection, claim.key)
    # Who led before may have kept it between our look and our lease.
    return _hit(connection, claim, now) or Kept(Answer("miss", why))


def _leads(connection: Connection, claim: Claim, now: datetime) -> bool:
    """Takes the lease if nobody else has it, or who had it let it run out."""
    mine = {"owner": claim.owner, "until": now + LEASE}
    insert = insert_on(connection)(leases).values(key=claim.key.digest, **mine)
    free = or_(leases.c.until < now, leases.c.owner == claim.owner)
    taken = insert.on_conflict_do_update(index_elements=["key"], set_=mine, where=free)
    return connection.execute(taken.returning(leases.c.key)).one_or_none() is not None


def _why(connection: Connection, key: CacheKey) -> str:
    """What the newest entry of the step differs in; an entry of this very key is there only if it has expired."""
    newest = select(entries.c.parts).where(entries.c.step == key.step)
    newest = newest.order_by((entries.c.key == key.digest).desc(), entries.c.made_at.desc()).limit(1)
    parts = connection.scalar(newest)
    if parts is None:
        return told.NOTHING_KEPT
    change = key.first_change(parts)
    return told.changed(change) if change else told.EXPIRED


def _note_use(connection: Connection, claim: Claim, now: datetime) -> None:
    use: dict[str, Any] = {"key": claim.key.digest, "execution_id": UUID(claim.execution_id)}
    insert = insert_on(connection)(uses).values(**use, times=1, used_at=now)
    again = {"times": uses.c.times + 1, "used_at": now}
    connection.execute(insert.on_conflict_do_update(index_elements=list(use), set_=again))


def _held_by(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return leases.c.key == claim.key.digest, leases.c.owner == claim.owner


def _now(connection: Connection) -> datetime:
    """By the clock of the database, where that is shared by machines whose own clocks differ."""
    if connection.dialect.name == "postgresql":
        return connection.scalar(select(func.clock_timestamp())) or datetime.now(UTC)
    return datetime.now(UTC)
