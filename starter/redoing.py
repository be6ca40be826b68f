"""The part of the client by which executions are done again: carried on, or from the start."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict, Unpack

from pydantic import JsonValue

from starter import retrying, starts
from starter.controlling import Controlling
from starter.retrying import Again
from starter.starts import Started


class HowAgain(TypedDict, total=False):
    """Fields of the request to change, by their paths (`generate.rows`), and how to run; `hold` as in How."""

    changes: Mapping[str, JsonValue]
    hold: bool | None
    deadline: timedelta | None
    no_cache: bool


class Redoing(Controlling):
    """Each call returns once the execution has begun. Raises NotFound; Refused where it makes no sense, saying why."""

    async def retry(self, id: str, *, from_step: str = "", **how: Unpack[HowAgain]) -> Started:
        """Carries an ended execution on, with what succeeded taken over, but for `from_step` and what came after it.

        What is carried on already is given back as `existing`. Raises BadInput for a step that there is none of, and
        for changes that do not fit the request or what is taken over.
        """
        again = self._again(from_step, **how)
        return await retrying.retry(self._reached.client, self._reached.settings, id, again)

    async def redrive(self, id: str, **how: Unpack[HowAgain]) -> Started:
        """Carries on an execution of which chunks failed: these are tried again, and what hangs on them is done anew.

        Raises Refused where no chunk failed.
        """
        client, settings, again = self._reached.client, self._reached.settings, self._again("", **how)
        order = await retrying.redriven(client, settings, id, again)
        return order if isinstance(order, Started) else await retrying.begun(client, settings, order, again)

    async def rerun(self, id: str, **how: Unpack[HowAgain]) -> Started:
        """Starts an execution's request once more, on the same data. Raises BadInput for changes that do not fit."""
        client, settings = self._reached.client, self._reached.settings
        order = await retrying.repeated(client, settings, id, self._again("", **how))
        return await starts.start(client, settings, order)

    def _again(self, from_step: str, **how: Unpack[HowAgain]) -> Again:
        changes = [f"{path}={json.dumps(value)}" for path, value in how.get("changes", {}).items()]
        return Again(
            self._user,
            self._trigger,
            from_step,
            changes,
            how.get("deadline"),
            how.get("hold"),
            how.get("no_cache", False),
        )
