"""The result of a run as a person reads it: what came out, how it went, where it lies, what to type next."""

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import to_json
from rich.console import Group, RenderableType
from rich.text import Text

from fiberwise.contracts.complex_multi_agent import Results
from fiberwise.contracts.data_digest import Digest
from fiberwise.contracts.errors import BadInput, PipelineError
from fiberwise.contracts.performance import Analysis
from fiberwise.contracts.sensor_health import SensorHealthResults
from fiberwise.contracts.view import RunAnswer
from starter.amounts import duration
from starter.cli import course, findings, sensors, timing
from workflows import AVAILABLE_PIPELINES

SHOWN_LINES = 40
STYLES = {"full": "good", "degraded": "poor", "fallback": "poor"}


def page(found: RunAnswer) -> RenderableType:
    """All of it, bounded: what is left out says where it is to be had."""
    return Group(*_parts(found))


def failure(found: RunAnswer) -> PipelineError:
    """A failed run as the error that a command reports."""
    cause = found.failure
    message = "; ".join(found.reasons) or f"the run ended as {found.outcome}"
    where, hint = f"{found.workflow_id}", f"fiberwise why {found.execution_id[:8]}"
    if cause and cause.type == "BadInput":
        return BadInput(message, where=where, hint=cause.hint or hint)
    return Ended(
        found.outcome, message, where=where, hint=(f"{cause.hint}; " if cause and cause.hint else "") + hint
    )


class Ended(PipelineError):
    """A run that failed, was cancelled or ran out of time; its code is its outcome."""

    def __init__(self, outcome: str, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.outcome = outcome


def _parts(found: RunAnswer) -> Iterator[RenderableType]:
    short = found.execution_id[:8]
    results, analysis = _typed(found)
    if isinstance(results, Results | Digest):
        made = any(entry.step == "generate" for entry in found.execution_log)
        source = found.metadata.source or ("generated" if made else "")
        yield from findings.sections(results, source, short)
    elif isinstance(results, SensorHealthResults):
        yield from sensors.sections(results, short)
    elif results is not None:
        yield Text("\nResults", "head")
        yield _json(results, short)
    if found.execution_log:
        yield Text("\nTime", "head")
        yield timing.bars(found.execution_log)
        yield from timing.remarks(analysis)
    yield Text()
    yield _outcome(found)
    yield from course.remarks(found)
    yield from _places(found, results)
    yield Text.assemble(
        "\nNext  ", (f"fiberwise show {short}", "name"), " · ", (f"fiberwise log {short}", "name"),
        " · ", (f"fiberwise why {short}", "name"), " · ", ("fiberwise stats", "name"),
        " · ", ("fiberwise dev", "name"), " keeps the Web UI up",
    )  # fmt: skip


def _typed(found: RunAnswer) -> tuple[object, Analysis | None]:
    """Results and analysis as models where the pipeline's class says which; else as they came."""
    results = found.results
    try:
        declared = _declared(found.produced_by or found.pipeline) if results is not None else ()
        for model in (one for one in (Results, Digest, SensorHealthResults) if one in declared):
            results = model.model_validate(results)
        analysis = Analysis.model_validate(found.analysis) if found.analysis else None
    except ValidationError:  # of another version, or another shape: shown as it is
        return results, None
    return results, analysis


def _declared(pipeline: str) -> tuple[Any, ...]:
    from fiberwise.pipeline.anatomy import anatomy

    if pipeline not in AVAILABLE_PIPELINES:
        return ()
    annotation = anatomy(AVAILABLE_PIPELINES[pipeline]).output.model_fields["results"].annotation
    return (annotation, *get_args(annotation))


def _json(value: object, short: str) -> Text:
    lines = to_json(value, indent=2, inf_nan_mode="null").decode().splitlines()
    more = len(lines) - SHOWN_LINES
    return Text(
        "\n".join(
            lines[:SHOWN_LINES] + ([f"… {more} more lines: fiberwise show {short} --json"] * (more > 0))
        )
    )


def _outcome(found: RunAnswer) -> Text:
    started, ended = found.metadata.started_at, found.metadata.completed_at
    took = f" in {duration((ended - started).total_seconds() * 1000)}" if started and ended else ""
    text = Text.assemble(("Outcome  ", "head"), (found.outcome, STYLES.get(found.outcome, "bad")), took)
    for reason in found.reasons:
        text.append(f"\n         {reason}", "poor")
    return text


def _places(found: RunAnswer, results: object) -> Iterator[Text]:
    places = {"Execution": found.execution_id}
    if isinstance(results, Results) and results.transform:
        places["Cleaned data"] = results.transform.output.uri
        if results.transform.set_aside.uri:
            places["Rows set aside"] = results.transform.set_aside.uri
    if isinstance(results, SensorHealthResults):
        places |= {"Chart": results.chart.uri if results.chart else "", "Windows": results.health.windows.uri}
    places |= {"Whole result": found.links.result, "Web UI": found.links.temporal_ui}
    width = max(len(name) for name in places)
    for name, place in places.items():
        if place:
            yield Text.assemble((f"{name:<{width}}  ", "note"), place, no_wrap=True, overflow="ignore")
