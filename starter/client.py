"""The client for programs: start executions, wait for them, look at them, on a server that is up."""

from collections.abc import Mapping
from typing import Any, Self

from fiberwise.contracts.complex_multi_agent import Request, Results
from fiberwise.contracts.options import FaultKind
from fiberwise.contracts.payload import Asked
from fiberwise.contracts.performance import Analysis
from fiberwise.contracts.view import ExecutionView, RunAnswer
from fiberwise.runtime.settings import Settings
from starter import answers, executions, kept, starts, views
from starter.connection import Connection, attached
from starter.executions import Wanted
from starter.kept import Kept
from starter.requests import checked, pipeline_named
from starter.starts import Ordered, Started

COMPLEX = "complex-multi-agent"
Fields = Mapping[str, Any]


class ComplexAnswer(RunAnswer):
    """The answer of `complex-multi-agent`, its parts typed; a part that could not be made is None."""

    results: Results | None = None
    analysis: Analysis | None = None


class FiberWise:
    """Every call checks its request before anything starts. An id may be cut short while it stays unique."""

    def __init__(self, reached: Connection, user: str = "", trigger: str = "api") -> None:
        self._reached, self._user, self._trigger = reached, user, trigger

    @classmethod
    async def connect(cls, settings: Settings, *, user: str = "", trigger: str = "api") -> Self:
        """To the configured server, else the embedded one that is up. Raises ServiceUnavailable."""
        return cls(await attached(settings), user, trigger)

    async def start(
        self,
        pipeline: str,
        request: Asked | Fields | None = None,
        *,
        key: str = "",
        faults: Mapping[str, FaultKind] | None = None,
    ) -> Started:
        """Starts and returns at once. With a `key`, the same key is the same execution.

        Raises NotFound (pipeline), BadInput (request, data set), KeyReused, ServiceUnavailable.
        """
        anatomy = pipeline_named(pipeline)
        fields = (
            request.model_dump(mode="json", exclude_unset=True) if isinstance(request, Asked) else request
        )
        order = Ordered(
            anatomy, checked(anatomy, fields or {}), self._user, self._trigger, "", key, dict(faults or {})
        )
        order = await starts.taken_in(order, self._reached.settings)
        return await starts.start(self._reached.client, self._reached.settings, order)

    async def run(
        self,
        pipeline: str,
        request: Asked | Fields | None = None,
        *,
        key: str = "",
        faults: Mapping[str, FaultKind] | None = None,
    ) -> RunAnswer:
        """Starts, and waits for the end, whichever it is: look at `status` and `outcome`. Raises as `start`."""
        started = await self.start(pipeline, request, key=key, faults=faults)
        return await self.answer(started.handle.id)

    async def run_complex_pipeline(
        self, request: Request | Fields | None = None, *, key: str = ""
    ) -> ComplexAnswer:
        """`run` of `complex-multi-agent`, with typed results."""
        found = await self.run(COMPLEX, request, key=key)
        return ComplexAnswer.model_validate(found.model_dump())

    async def answer(self, id: str) -> RunAnswer:
        """Waits for the end of an execution. Raises NotFound, and BadInput for an id that fits several.

        One that Temporal no longer has is told from the record store. Raises ServiceUnavailable.
        """
        reached = self._reached
        found = await kept.find(reached.client, reached.settings, id)
        if isinstance(found, Kept):
            return found.answer
        return await answers.answer(reached.client, found, reached.ui_url, reached.settings.artifacts_url)

    async def view(self, id: str) -> ExecutionView:
        """Where an execution stands. Raises as `answer`."""
        reached = self._reached
        found = await kept.find(reached.client, reached.settings, id)
        if isinstance(found, Kept):
            return found.view
        return await views.view(reached.client, found, reached.ui_url)

    async def list(self, wanted: Wanted | None = None) -> list[ExecutionView]:
        """Executions that fit, newest first."""
        return await executions.listing(self._reached.client, wanted or Wanted(), self._reached.ui_url)

    async def cancel(self, id: str, reason: str = "") -> None:
        """Asks an execution to stop; one that has ended stays as it is. Raises as `answer`."""
        await self._reached.client.get_workflow_handle(await self.find(id)).cancel(reason=reason)

    async def find(self, id: str) -> str:
        """The workflow id. Raises as `answer`."""
        return await executions.find(self._reached.client, id)


async def run_complex_pipeline(
    input_data: Request | Fields | None = None,
    pipeline_type: str = COMPLEX,
    *,
    settings: Settings,
    user: str = "",
    key: str = "",
) -> RunAnswer:
    """The entry point of SPEC.md: checks `pipeline_type` against the registry, runs it, returns what came of it."""
    return await (await FiberWise.connect(settings, user=user)).run(pipeline_type, input_data, key=key)
