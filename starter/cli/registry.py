"""What `pipelines` prints: the registry needs no server."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from temporalio.common import RetryPolicy

from fiberwise.pipeline.anatomy import Anatomy, check_registry
from fiberwise.pipeline.step import Step
from starter.amounts import duration
from starter.cli.terminal import answer, answer_json
from starter.requests import pipeline_named
from workflows import AVAILABLE_PIPELINES

Found = dict[str, Any]


def show(name: str, as_json: bool) -> int:
    """Raises NotFound with the nearest name."""
    if name:
        found = pipeline_named(name)
        answer_json(_told(found)) if as_json else answer(_page(found))
        return 0
    known = list(check_registry(AVAILABLE_PIPELINES).values())
    answer_json([_told(one) for one in known]) if as_json else answer(_overview(known))
    return 0


def _told(found: Anatomy) -> Found:
    steps = [_policies(step) for step in found.steps]
    schema = found.input.model_json_schema()
    return {"name": found.name, "summary": found.summary, "page": found.page, "steps": steps, "input": schema}


def _policies(step: Step[Any, Any]) -> Found:
    return {
        "step": step.name,
        "activity": step.activity,
        "optional": step.optional,
        "timeout_s": _seconds(step.timeout),
        "total_s": _seconds(step.total),
        "heartbeat_s": _seconds(step.heartbeat),
        "retry": _retry(step.retry),
        "kept_s": _seconds(step.cache.ttl) if step.cache else None,
        "version": step.version,
    }


def _retry(policy: RetryPolicy) -> Found:
    return {
        "maximum_attempts": policy.maximum_attempts,
        "initial_interval_s": _seconds(policy.initial_interval),
        "backoff_coefficient": policy.backoff_coefficient,
        "maximum_interval_s": _seconds(policy.maximum_interval),
        "non_retryable": list(policy.non_retryable_error_types or ()),
    }


def _seconds(span: timedelta | None) -> float | None:
    return span.total_seconds() if span is not None else None


def _overview(known: list[Anatomy]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for one in known:
        table.add_row(Text(one.name, "name"), one.summary)
    return table


def _page(found: Anatomy) -> Group:
    parts: list[RenderableType] = [
        Text.assemble((found.name, "head"), f"  {found.summary}"),
        Text(f"{found.page}\n", "note"),
        Text("Steps", "head"),
        _steps(found),
        Text("\nInput (--input JSON, --set PATH=VALUE)", "head"),
        _fields(found.input),
    ]
    return Group(*parts)


def _steps(found: Anatomy) -> Table:
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for name in ("step", "activity", "when it fails", "attempts", "time for one", "for all", "result kept"):
        table.add_column(name, no_wrap=True)
    for step in found.steps:
        tries = step.retry.maximum_attempts or "no limit"
        row = [step.name, step.activity, "goes on without" if step.optional else "the run fails", str(tries)]
        kept = _span(step.cache.ttl) if step.cache else "no"
        table.add_row(*row, _span(step.timeout), _span(step.total), kept)
    return table


def _span(span: timedelta | None) -> str:
    return duration(span.total_seconds() * 1000) if span is not None else "no limit"


def _fields(model: type[BaseModel]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for name in ("field", "default", "meaning"):
        table.add_column(name, overflow="fold")
    for name, field in model.model_fields.items():
        default = (
            "required"
            if field.is_required()
            else to_json(field.get_default(call_default_factory=True)).decode()
        )
        table.add_row(Text(name, "name"), default, field.description or "")
    return table
