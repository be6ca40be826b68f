"""What the `cache` commands print, from the record store: they need no server."""

from datetime import UTC, datetime

from pydantic_core import from_json
from rich.console import Group
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from fiberwise.contracts.errors import BadInput, NotFound
from fiberwise.contracts.step_cache import CacheEntry
from fiberwise.pipeline.anatomy import check_registry
from fiberwise.runtime.settings import Settings
from fiberwise.store import cache_queries as queries
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.reading import reading
from starter.amounts import ago, count, duration, size
from starter.cli.terminal import answer, answer_json, tell
from workflows import AVAILABLE_PIPELINES

SHOWN = 12  # digits of a key: as good as unique
VALUE = 2000  # characters of a value that a person is shown


def show_list(settings: Settings, step: str, limit: int, as_json: bool) -> int:
    """Raises NotFound for a step that no pipeline caches."""
    activities = _activities(step)
    with reading(settings.database_url) as engine:
        found = queries.kept(engine, activities, limit) if engine else []
    if as_json:
        answer_json(found)
    elif found:
        answer(_listed(found))
    else:
        tell("nothing is kept: a run of a pipeline with cached steps keeps their results")
    return 0


def show_one(settings: Settings, key: str, as_json: bool) -> int:
    """Raises NotFound, BadInput for a key that fits several, ArtifactMissing, ArtifactCorrupt."""
    with reading(settings.database_url) as engine:
        entry = _the_one(engine, key)
        value = queries.value_of(engine, ArtifactStore(settings.artifacts_url), entry.key) if engine else ""
    if as_json:
        answer_json({**entry.model_dump(mode="json"), "value": from_json(value)})
    else:
        text = value if len(value) <= VALUE else f"{value[:VALUE]}… (`--json` has all of it)"
        answer(Group(_page(entry), Text(f"\n{text}")))
    return 0


def show_users(settings: Settings, key: str, as_json: bool) -> int:
    """Raises NotFound, BadInput for a key that fits several."""
    with reading(settings.database_url) as engine:
        entry = _the_one(engine, key)
        found = queries.users(engine, entry.key) if engine else []
    if as_json:
        answer_json(found)
        return 0
    table = _table("execution", ">times", "last")
    for use in found:
        table.add_row(Text(use.execution_id, "name"), str(use.times), ago(use.used_at))
    answer(table) if found else tell("no execution took it yet")
    return 0


def clear(settings: Settings, key: str, step: str, made_before: datetime | None, as_json: bool) -> int:
    """Raises NotFound, BadInput for a key that fits several."""
    activities = _activities(step)
    with reading(settings.database_url) as engine:
        whole = _the_one(engine, key).key if key else ""
        cleared = queries.clear(engine, activities, whole, made_before) if engine else 0
    answer_json({"cleared": cleared}) if as_json else answer(f"{count(cleared, 'kept result')} cleared")
    return 0


def _activities(step: str) -> set[str]:
    """The activities that a person may mean by the name of a step; none for no name."""
    cached = [
        one for known in check_registry(AVAILABLE_PIPELINES).values() for one in known.steps if one.cache
    ]
    found = {one.activity for one in cached if step in (one.name, one.activity)}
    if step and not found:
        names = sorted({one.name for one in cached})
        raise NotFound(f"no cached step is called `{step}`", hint=f"there are: {', '.join(names)}")
    return found


def _the_one(engine: Engine | None, prefix: str) -> CacheEntry:
    found = queries.beginning_with(engine, prefix) if engine and prefix else []
    if not found:
        raise NotFound(
            f"nothing is kept under a key `{prefix}`", hint="`fiberwise cache list` shows the keys"
        )
    if len(found) > 1:
        known = ", ".join(one.key[:SHOWN] for one in found[:3])
        raise BadInput(f"`{prefix}` is the beginning of several keys: {known}", hint="give more of it")
    return found[0]


def _listed(found: list[CacheEntry]) -> Table:
    table = _table("key", "step", "made", "good for", ">size", ">used by", "made by")
    for one in found:
        row = [one.step, ago(one.made_at), _left(one), size(one.bytes), str(one.uses), one.execution_id[:8]]
        table.add_row(Text(one.key[:SHOWN], "name"), *row)
    return table


def _page(one: CacheEntry) -> Group:
    facts = (
        f"made {ago(one.made_at)} by execution {one.execution_id} · good for {_left(one)} · {size(one.bytes)}"
    )
    table = _table("it hangs on", "")
    for name, part in one.parts.items():
        table.add_row(name, Text(part or "–", "note"))
    return Group(Text.assemble((one.step, "head"), f"  {one.key}"), Text(facts, "note"), table)


def _left(one: CacheEntry) -> str:
    ms = (one.expires_at - datetime.now(UTC)).total_seconds() * 1000
    return duration(ms) if ms > 0 else "expired"


def _table(*names: str) -> Table:
    """A name that begins with `>` is of a column of numbers."""
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left", no_wrap=True)
    return table
