"""From the options of `run` and `start` to an order. What can be refused is refused here: nothing has started yet."""

import getpass
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.options import FaultKind
from fiberwise.pipeline.anatomy import Anatomy
from fiberwise.pipeline.step import activity_name
from fiberwise.runtime.settings import Settings
from starter.cli.documents import read_object
from starter.cli.moments import span
from starter.requests import checked, pipeline_named, with_changes
from starter.starts import Ordered, take_in_data

STDIN = "-"


@dataclass(frozen=True)
class Manner:
    """How to run, as the options say it; none of it checked yet."""

    key: str = ""
    faults: Sequence[str] = ()
    no_cache: bool = False
    refresh: Sequence[str] = ()
    hold: bool | None = None
    deadline: str = ""
    stream: bool = False


def ordered(
    settings: Settings,
    name: str,
    data: str | None,
    fields: str,
    changes: Sequence[str],
    manner: Manner,
) -> Ordered:
    """A checked order, its data in the artifact store. Raises BadInput, NotFound, ServiceUnavailable."""
    pipeline = pipeline_named(name)
    request = with_changes(read_object(fields, "--input"), changes)
    if data is not None:
        request["data"] = data
    order = Ordered(
        pipeline,
        checked(pipeline, request),
        user=current_user(),
        trigger="cli",
        source="standard input" if request.get("data") == STDIN else "",
        key=manner.key,
        faults=_faults(pipeline, manner.faults),
        no_cache=manner.no_cache,
        refresh=tuple(manner.refresh),
        hold=manner.hold,
        deadline=span(manner.deadline, "--deadline") if manner.deadline else None,
        stream=manner.stream,
    )
    return take_in_data(order, settings)


def declared_if_watched() -> bool | None:
    """Whether steps hold where no option says: as declared, but none where no terminal shows that the run waits."""
    return None if sys.stdout.isatty() and sys.stderr.isatty() else False


def current_user() -> str:
    """The OS user; containers know some by number alone."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"


def _faults(pipeline: Anatomy, asked: Sequence[str]) -> dict[str, FaultKind]:
    kinds: tuple[FaultKind, ...] = get_args(FaultKind)
    steps, streamed = _can_fail(pipeline), {step.name for step in pipeline.steps if step.stream}
    found: dict[str, FaultKind] = {}
    for text in asked:
        step, found_kind, kind = text.partition("=")
        if not found_kind:
            raise BadInput(
                f"`{text}` is not STEP=KIND", where="--fault", hint="for example extract=fail-once"
            )
        name, _, chunk = step.partition("#")
        if step not in steps and not (name in streamed and chunk.isdigit()):
            raise BadInput(
                f"`{step}` is no step of {pipeline.name}",
                where="--fault",
                hint=f"there are: {', '.join(steps)}",
            )
        if kind not in kinds:
            raise BadInput(f"`{kind}` is no fault", where="--fault", hint=f"there are: {', '.join(kinds)}")
        found[step] = kinds[kinds.index(kind)]
    return found


def _can_fail(pipeline: Anatomy) -> list[str]:
    """Its steps, the activities that stand in for them or undo them, and the same of what it falls back on."""
    found = [step.name for step in pipeline.steps]
    found += [f"{step.name}.instead" for step in pipeline.steps if activity_name(step.instead)]
    found += [f"{step.name}.undo" for step in pipeline.steps if step.undo]
    return found + [name for fallback in pipeline.fallbacks for name in _can_fail(pipeline_named(fallback))]
