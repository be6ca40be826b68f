"""What `clean` prints: what would go, the question, what is gone."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.removal import Amount, Removal
from fiberwise.runtime.settings import Settings
from starter import removing
from starter.amounts import count, size
from starter.cli.terminal import answer, answer_json, notes, tell
from starter.connection import connection

NOUNS = {"artifacts": "file", "cache": "cache entry", "records": "record"}


def before(found: datetime | None) -> datetime:
    """Raises BadInput for no moment, and for one to come."""
    if found is None or found > datetime.now(UTC):
        raise BadInput("say what is old enough to go", where="--older-than", hint="for example 30d")
    return found


async def clean(settings: Settings, older_than: datetime, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Without `--yes`, and without a terminal to ask on, what would go is all that is told."""
    async with connection(settings, tell) as reached:
        seen = await removing.clean(reached.client, settings, older_than, dry_run=True)
        if dry_run or not seen.removed or not (yes or _asks()):
            answer_json(seen) if as_json else answer("\n".join(_told(seen)))
            if seen.removed and not dry_run:
                tell("nothing was removed: --yes removes it")
            return 0
        if not yes and not await asyncio.to_thread(_agreed, seen):
            return 0
        done = await removing.clean(reached.client, settings, older_than, dry_run=False)
    answer_json(done) if as_json else answer("\n".join(_told(done)))
    return 0


def _asks() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _agreed(seen: Removal) -> bool:
    """Blocks: in a thread of its own, so that Ctrl-C is heard while it waits."""
    tell("\n".join(_told(seen)))
    try:
        return notes().input("remove them for good? (y/N) ").strip().lower() in ("y", "yes")
    except EOFError:  # Ctrl-D
        return False


def _told(found: Removal) -> Iterator[str]:
    would = "would remove" if found.dry_run else "removed"
    if not found.removed:
        yield f"nothing from before {found.older_than:%Y-%m-%d %H:%M} UTC is without use"
    for one in found.removed:
        yield f"{would} {_amount(one)}"
    if found.stay:
        yield f"old, and referred to: {', '.join(_amount(one) for one in found.stay)}"
    if found.files_before < found.older_than:
        yield f"files stored since {found.files_before:%Y-%m-%d %H:%M} UTC stay, for what runs may refer to them"
    yield from found.unjudged


def _amount(one: Amount) -> str:
    noun = NOUNS[one.store]
    return f"{count(one.count, noun).replace('entrys', 'entries')} of {one.kind} ({size(one.bytes)})"
