"""The client for programs: start executions, wait for them, look at them, on a server that is up."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self, TypedDict, Unpack

from fiberwise.contracts.complex_multi_agent import Request, Results
from fiberwise.contracts.options import FaultKind
from fiberwise.contracts.payload import Asked
from fiberwise.contracts.performance import Analysis
from fiberwise.contracts.view import ExecutionView, RunAnswer
from fiberwise.contracts.why import Account
from fiberwise.runtime.settings import Settings
from starter import answers, executions, kept, starts, views
from starter.cleaning import Cleaning
from starter.connection import attached
from starter.executions import Wanted
from starter.kept import Kept
from starter.requests import checked, pipeline_named
from starter.starts import Ordered, Started
from starter.why import gathering

COMPLEX = "complex-multi-agent"
Fields = Mapping[str, Any]


class How(TypedDict, total=False):
    """How to run. With a `key`, the same key is the same execution.

    `hold`: which steps that failed for good wait for `repair`: all (True), none (False), those declared so (None).
    Past its `deadline` a run ends as timed_out, with what it has. `faults` are tried out where a worker allows them.
    With `no_cache` it neither takes results of earlier runs nor keeps any; the steps in `refresh` are done anew.
    `stream`: the data set is worked on in chunks, as it is by itself where it takes more memory than a worker may use.
    """

    key: str
    faults: dict[str, FaultKind]
    hold: bool | None
    deadline: timedelta | None
    no_cache: bool
    refresh: tuple[str, ...]
    stream: bool


class ComplexAnswer(RunAnswer):
    """The answer of `complex-multi-agent`, its parts typed; a part that could not be made is None."""

    results: Results | None = None
    analysis: Analysis | None = None


class FiberWise(Cleaning):
    """Every call checks its request before anything starts. An id may be cut short while it stays unique."""

    @classmethod
    async def connect(cls, settings: Settings, *, user: str = "", trigger: str = "api") -> Self:
        """To the configured server, else the embedded one that is up. Raises ServiceUnavailable."""
        return cls(await attached(settings), user, trigger)

    async def start(
        self, pipeline: str, request: Asked | Fields | None = None, **how: Unpack[How]
    ) -> Started:
        """Starts, and returns at once. Raises NotFound for the pipeline; BadInput for its request or data set.

        Also KeyReused and ServiceUnavailable.
        """
        anatomy = pipeline_named(pipeline)
        fields = (
            request.model_dump(mode="json", exclude_unset=True) if isinstance(request, Asked) else request
        )
        order = Ordered(anatomy, checked(anatomy, fields or {}), self._user, self._trigger, **how)
        order = await starts.taken_in(order, self._reached.settings)
        return await starts.start(self._reached.client, self._reached.settings, order)

    async def run(
        self, pipeline: str, request: Asked | Fields | None = None, **how: Unpack[How]
    ) -> RunAnswer:
        """Starts, and waits for the end, whichever it is: look at `status` and `outcome`. Raises as `start`."""
        started = await self.start(pipeline, request, **how)
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

    async def why(self, id: str) -> Account:
        """How an execution came to be as it is, where its time went, and what to do. Raises as `answer`."""
        return await gathering.why(self._reached, id)

    async def list(self, wanted: Wanted | None = None) -> list[ExecutionView]:
        """Executions that fit, newest first."""
        return await executions.listing(self._reached.client, wanted or Wanted(), self._reached.ui_url)

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
