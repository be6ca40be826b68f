"""The part of the client that looks at what agents remember of data sources, and changes it."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starter.redoing import Redoing

if TYPE_CHECKING:
    from fiberwise.contracts.memory import Memory
    from starter.memories import Forgettable


class Remembering(Redoing):
    """On the record store of the settings. A source may be given by its file name while that is unique.

    Each call raises NotFound; BadInput for what does not fit; Refused for what a newer version wrote, or is damaged;
    ServiceUnavailable.
    """

    async def memories(self, agent: str = "", limit: int = 100) -> "list[Memory]":
        """The last changed first, of one agent or of all."""
        from starter import memories  # SQLAlchemy takes 0.4 s to import, and few ask the store

        return await asyncio.to_thread(memories.listed, self._reached.settings, agent, limit)

    async def memory(self, agent: str, source: str) -> "Memory":
        from starter import memories

        return await asyncio.to_thread(memories.shown, self._reached.settings, agent, source)

    async def note(self, agent: str, source: str, text: str) -> "Memory":
        """Shown with the findings of each run on the source, until it is forgotten."""
        from starter import memories

        settings = self._reached.settings
        return await asyncio.to_thread(memories.noted, settings, agent, source, text, self._user)

    async def accept(self, source: str, rules: Sequence[str]) -> "Memory":
        """These cleaning rules are used for the source where a run gives none."""
        from starter import memories

        return await asyncio.to_thread(memories.accepted, self._reached.settings, source, rules, self._user)

    async def forget(
        self, agent: str, source: str, *, part: "Forgettable | None" = None, note: int | None = None
    ) -> str:
        """Everything, or one part, or one note. Gives the source's whole name."""
        from starter import memories

        return await asyncio.to_thread(memories.forgotten, self._reached.settings, agent, source, part, note)
