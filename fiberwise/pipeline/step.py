"""A step: one declared call of an activity, with its policies beside it. Its name is its attribute's name."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, Unpack, get_type_hints, overload

from pydantic import TypeAdapter
from temporalio.common import RetryPolicy

from fiberwise.contracts.attempt import Envelope
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.pipeline.policies import HEARTBEAT, Approval, Cache, Hold, Policies, Stream

if TYPE_CHECKING:
    from fiberwise.pipeline.pipeline import Pipeline

Inputs = TypeVar("Inputs", bound=Payload | Asked)
Outputs = TypeVar("Outputs")
Agent = TypeVar("Agent")


@dataclass
class Step(Generic[Inputs, Outputs]):
    """A descriptor: `self.extract(study)` on a pipeline starts the step. Declare it by `step(…)`."""

    function: Callable[..., Awaitable[Any]]
    optional: bool
    instead: Any
    retry: RetryPolicy
    timeout: timedelta
    total: timedelta | None = None
    heartbeat: timedelta = HEARTBEAT
    undo: Callable[..., Awaitable[Any]] | None = None
    hold: Hold | None = None
    approval: Approval | None = None
    cache: Cache | None = None
    stream: Stream | None = None
    version: int = 1
    name: str = field(default="", init=False)

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, pipeline: "Pipeline", owner: type) -> Callable[[Inputs], "StepCall[Outputs]"]:
        return lambda value: StepCall(self, pipeline, value)

    @property
    def activity(self) -> str:
        """The registered name of the activity."""
        name = activity_name(self.function)
        if name is None:
            raise TypeError(f"step `{self.name}`: {self.function.__qualname__} lacks @activity.defn")
        return name

    @property
    def functions(self) -> list[Callable[..., Awaitable[Any]]]:
        """All activities that it may call: its own, those of its stream, what stands in for it, what undoes it."""
        streamed = self.stream.activities if self.stream else []
        named: list[Any] = [self.function, self.instead, self.undo, *streamed]
        return [one for one in named if activity_name(one)]

    def read_input(self, value: Any) -> Any:
        """A value of the step's input model, from its JSON. Raises ValidationError."""
        return TypeAdapter(self.input_type).validate_python(value)

    def read_output(self, value: Any) -> Any:
        """A value of the step's output model, from its JSON. Raises ValidationError."""
        return TypeAdapter(self.output_type).validate_python(value)

    @property
    def input_type(self) -> type[Any]:
        hints = get_type_hints(self.function)
        return next(hint for name, hint in hints.items() if name != "return")

    @property
    def output_type(self) -> type[Any]:
        return get_type_hints(self.function)["return"]


def activity_name(function: Any) -> str | None:
    """The name under which @activity.defn registers a function; None for what is no activity."""
    definition = getattr(function, "__temporal_activity_definition", None)
    return str(definition.name) if definition else None


# The sandbox makes each run a Step of its own; the function it names is the worker's, and the same for all.
@lru_cache(maxsize=256)
def envelope_of(function: Callable[..., Awaitable[Any]]) -> type[Any]:
    """The type in which an activity's result travels."""
    return Envelope[get_type_hints(function)["return"]]


def steps_of(pipeline: type) -> list[Step[Any, Any]]:
    """The steps that a class declares, in the order in which they stand."""
    declared = {name: value for base in reversed(pipeline.__mro__) for name, value in vars(base).items()}
    return [value for value in declared.values() if isinstance(value, Step)]


class StepCall(Generic[Outputs]):
    """A step about to be done: await it, or hand it to `in_parallel`."""

    def __init__(self, step: Step[Any, Outputs], pipeline: "Pipeline", value: Payload | Asked) -> None:
        self.step, self.pipeline, self._value = step, pipeline, value

    def __await__(self) -> Generator[Any, None, Outputs]:
        return self.pipeline._perform(self.step, self._value).__await__()  # pyright: ignore[reportPrivateUsage]

    def begin(self) -> "asyncio.Task[Outputs]":
        return asyncio.ensure_future(self.pipeline._perform(self.step, self._value))  # pyright: ignore[reportPrivateUsage]


@overload
def step(
    function: Callable[[Inputs], Awaitable[Outputs]],
    *,
    optional: Literal[False] = ...,
    instead: Outputs | Callable[[Inputs], Outputs | Awaitable[Outputs]] | None = ...,
    **policies: Unpack[Policies],
) -> Step[Inputs, Outputs]: ...
@overload
def step(
    function: Callable[[Inputs], Awaitable[Outputs]],
    *,
    optional: Literal[True],
    instead: Outputs | Callable[[Inputs], Outputs | Awaitable[Outputs]] | None = ...,
    **policies: Unpack[Policies],
) -> Step[Inputs, Outputs | None]: ...
@overload
def step(
    function: Callable[[Agent, Inputs], Awaitable[Outputs]],
    *,
    optional: Literal[False] = ...,
    instead: Outputs | Callable[[Inputs], Outputs | Awaitable[Outputs]] | None = ...,
    **policies: Unpack[Policies],
) -> Step[Inputs, Outputs]: ...
@overload
def step(
    function: Callable[[Agent, Inputs], Awaitable[Outputs]],
    *,
    optional: Literal[True],
    instead: Outputs | Callable[[Inputs], Outputs | Awaitable[Outputs]] | None = ...,
    **policies: Unpack[Policies],
) -> Step[Inputs, Outputs | None]: ...
def step(
    function: Callable[..., Awaitable[Any]],
    *,
    optional: bool = False,
    instead: Any = None,
    **policies: Unpack[Policies],
) -> Step[Any, Any]:
    """Declares a step of a function or of an agent's method.

    When it fails for good, `instead` stands in for it: a value, a plain function of its input, or a simpler
    activity. Without one, or when that fails too, an optional step gives None; the run is degraded either way.
    """
    return Step(function, optional, instead, **policies)
