"""The part of the client that keeps house: what nothing refers to is removed from the stores."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starter.remembering import Remembering

if TYPE_CHECKING:
    from fiberwise.contracts.removal import Removal


class Cleaning(Remembering):
    """On the stores of the settings."""

    async def clean(self, older_than: timedelta, *, dry_run: bool = False) -> "Removal":
        """Removes artifacts, cache entries and records of before then that nothing refers to; safe beside what runs.

        Raises ServiceUnavailable.
        """
        from starter import removing  # SQLAlchemy takes 0.4 s to import, and few ask the store

        before = datetime.now(UTC) - older_than
        return await removing.clean(self._reached.client, self._reached.settings, before, dry_run=dry_run)
