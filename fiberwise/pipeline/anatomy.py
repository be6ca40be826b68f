"""What a pipeline's class says of itself: its input and output, its steps, its page. Nothing is declared twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import getdoc, iscoroutinefunction
from typing import Any, get_type_hints

from fiberwise.contracts.payload import Asked
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.step import Step, activity_name, steps_of


@dataclass(frozen=True)
class Anatomy:
    """`input` is the request's model, `output` the type of what `execute` returns."""

    name: str
    summary: str
    input: type[Asked]
    output: Any
    steps: tuple[Step[Any, Any], ...]
    fallbacks: tuple[str, ...]
    page: str


def anatomy(pipeline: type[Pipeline]) -> Anatomy:
    """Reads a class. Raises TypeError, telling all that is wrong with it in one error."""
    execute = getattr(pipeline, "execute", None)
    hints = get_type_hints(execute) if execute else {}
    inputs = [hint for name, hint in hints.items() if name != "return"]
    name = workflow_name(pipeline)
    faults = list(_faults(pipeline, name, inputs))
    if faults:
        raise TypeError(f"{pipeline.__name__}: " + "; ".join(faults))
    doc = (getdoc(pipeline) or "").splitlines()
    return Anatomy(
        name=name or "",
        summary=doc[0] if doc else "",
        input=inputs[0],
        output=hints["return"],
        steps=tuple(steps_of(pipeline)),
        fallbacks=pipeline.fallbacks,
        page=f"docs/pipelines/{name}.md",
    )


def workflow_name(pipeline: type) -> str | None:
    """The name under which @workflow.defn registers a class."""
    definition = getattr(pipeline, "__temporal_workflow_definition", None)
    return definition.name if definition else None


def _faults(pipeline: type, name: str | None, inputs: list[Any]) -> list[str]:
    found: list[str] = []
    if name is None:
        found.append("lacks @workflow.defn(name=…)")
    if len(inputs) != 1 or not (isinstance(inputs[0], type) and issubclass(inputs[0], Asked)):
        found.append("`execute` takes one request, a model derived from Asked")
    if not steps_of(pipeline):
        found.append("declares no step")
    for step in steps_of(pipeline):
        streamed = [("stream", one) for one in step.stream.activities] if step.stream else []
        for role, function in (("undo", step.undo), ("instead", step.instead), *streamed):
            if iscoroutinefunction(function) and not activity_name(function):
                found.append(f"`{step.name}`: `{role}` lacks @activity.defn")
    return found


def check_registry(pipelines: Mapping[str, type[Pipeline]]) -> dict[str, Anatomy]:
    """Every class under its own name, every fallback there. Raises TypeError, naming all that is wrong."""
    found = {name: anatomy(pipeline) for name, pipeline in pipelines.items()}
    wrong = [f"`{name}` is the class of `{one.name}`" for name, one in found.items() if name != one.name]
    wrong += wrong_fallbacks(found)
    if wrong:
        raise TypeError("AVAILABLE_PIPELINES: " + "; ".join(wrong))
    return found


def wrong_fallbacks(known: Mapping[str, Anatomy]) -> list[str]:
    """What is wrong with the fallbacks of these pipelines, each by its name."""
    return [fault for one in known.values() for fault in _wrong_in(one, known)]


def _wrong_in(one: Anatomy, known: Mapping[str, Anatomy]) -> Iterator[str]:
    for name in one.fallbacks:
        if name not in known:
            yield f"`{one.name}` falls back on `{name}`, which is not registered"
        elif not issubclass(one.input, known[name].input):
            yield f"`{one.name}` falls back on `{name}`, which takes another request ({known[name].input.__name__})"
    if circle := _circle(one.name, known, ()):
        yield f"fallbacks go in a circle: {' -> '.join(circle)}"


def _circle(name: str, known: Mapping[str, Anatomy], path: tuple[str, ...]) -> tuple[str, ...]:
    """The way from a pipeline back to itself over fallbacks; empty where there is none."""
    if name in path:
        return (*path, name) if name == path[0] else ()
    ahead = known[name].fallbacks if name in known else ()
    return next((circle for one in ahead if (circle := _circle(one, known, (*path, name)))), ())
