"""What `list`, `show` and `log` print. Where no server is up, the embedded one is started for the look alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Group
from rich.table import Table
from rich.text import Text
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.contracts.execution import Entry
from fiberwise.contracts.view import ExecutionView, RunAnswer
from fiberwise.runtime.settings import Settings
from starter import answers, executions, kept, views
from starter.amounts import ago, duration, rate, size
from starter.cli import report
from starter.cli.board import step_table
from starter.cli.terminal import answer, answer_json, tell
from starter.connection import Connection, connection
from starter.executions import Wanted
from starter.kept import Kept
from starter.retrying import Kin, kin_of

STATES = {
    "full": "good", "degraded": "poor", "fallback": "poor", "running": "name", "backing_off": "poor",
    "paused": "poor", "waiting_approval": "poor",
}  # fmt: skip


async def show_list(settings: Settings, wanted: Wanted, as_json: bool) -> int:
    async with connection(settings, tell) as reached:
        found = await executions.listing(reached.client, wanted, reached.ui_url)
    if as_json:
        answer_json(found)
    elif found:
        answer(_listed(found))
    else:
        tell("no execution fits: `fiberwise run complex-multi-agent` makes one")
    return 0


async def show_one(settings: Settings, asked: str, as_json: bool) -> int:
    async with connection(settings, tell) as reached:
        found = await kept.find(reached.client, settings, asked)
        seen, ended = await _seen(reached, found)
        kin = Kin.told_by(found.answer) if isinstance(found, Kept) else await kin_of(reached.client, found)
    if as_json:
        answer_json({**seen.model_dump(mode="json"), **asdict(kin), "answer": ended})
    else:
        answer(Group(_heading(seen, kin), report.page(ended) if ended else step_table(seen)))
    return 0


async def _seen(reached: Connection, found: str | Kept) -> tuple[ExecutionView, RunAnswer | None]:
    """How it stands, and once it has ended its answer."""
    if isinstance(found, Kept):
        tell(found.note)
        return found.view, found.answer
    seen = await views.view(reached.client, found, reached.ui_url)
    if seen.status == "running":
        return seen, None
    ended = await answers.answer(reached.client, found, reached.ui_url, reached.settings.artifacts_url)
    return seen.model_copy(update={"outcome": ended.outcome, "reasons": ended.reasons}), ended


async def show_log(settings: Settings, asked: str, as_json: bool) -> int:
    async with connection(settings, tell) as reached:
        log = await _log(reached.client, await kept.find(reached.client, settings, asked))
    if as_json:
        answer_json(log)
    else:
        answer(_log_table(log))
    return 0


async def _log(client: Client, found: str | Kept) -> list[Entry]:
    if isinstance(found, Kept):
        tell(found.note)
        return found.answer.execution_log
    handle = client.get_workflow_handle(found)
    seen = views.listed(await handle.describe())
    if seen.status != "running":
        return (await answers.answer(client, found)).execution_log
    try:
        async with asyncio.timeout(views.QUERY_SECONDS):
            return await handle.query("execution_log", result_type=list[Entry])
    except (TimeoutError, WorkflowQueryFailedError, RPCError) as error:
        hint = "`fiberwise watch` carries it on; `fiberwise worker` serves it"
        raise ServiceUnavailable("no worker is there to tell the log", where=found, hint=hint) from error


def _listed(found: Sequence[ExecutionView]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for name in ("id", "pipeline", "state", "started", "took", "user", "source"):
        table.add_column(name, no_wrap=name != "source", justify="right" if name == "took" else "left")
    for one in found:
        state = one.outcome or one.phase
        table.add_row(
            Text(one.execution_id[:8] if "/" in one.workflow_id else one.workflow_id, "name"),
            one.pipeline,
            Text(state, STATES.get(state, "bad")),
            ago(one.started_at),
            duration(one.duration_ms),
            one.user,
            Text(one.source.rsplit("/", 1)[-1]),
        )
    return table


def _heading(seen: ExecutionView, kin: Kin) -> Text:
    state = seen.outcome or seen.phase
    text = Text.assemble((seen.workflow_id, "head"), "  ", (state, STATES.get(state, "bad")))
    by = f" by {seen.user}" if seen.user else ""
    text.append(
        f"\nstarted {ago(seen.started_at)}{by}" + (f" · {seen.summary}" if seen.summary else ""), "note"
    )
    for name, other in asdict(kin).items():
        text.append(f"\n{name.replace('_', ' ')} {other}" if other else "")
    if seen.cause:
        text.append(f"\n{seen.cause}", "bad")
    if seen.status == "running" and seen.temporal_ui:
        text.append(f"\n{seen.temporal_ui}", "note")
    return text


def _log_table(log: Sequence[Entry]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for name in ("step", "attempt", "status", "started", "took", "cpu", "memory", "rows/s", "remark"):
        numeric = name in ("attempt", "took", "cpu", "memory", "rows/s")
        justify = "right" if numeric else "left"
        table.add_column(name, no_wrap=name != "remark", justify=justify, overflow="fold")
    for entry in log:
        metrics, bad = entry.metrics, entry.status in ("failed", "lost")
        table.add_row(
            f"{entry.step}#{entry.call}" if entry.call > 1 else entry.step,
            str(entry.attempt),
            Text(entry.status, "bad" if bad else "good"),
            f"{entry.started_at:%H:%M:%S.%f}"[:12] if entry.started_at else "–",
            duration(entry.duration_ms),
            duration(metrics.cpu_ms),
            size(metrics.peak_rss_bytes),
            rate(metrics.rows_per_s),
            _remark(entry),
        )
    return table


def _remark(entry: Entry) -> Text:
    """What went wrong, what a person or a stand-in had to do with it, and what the step cache said."""
    error = f"{entry.error.type}: {entry.error.message}" if entry.error else ""
    notes = " · ".join(part for part in (entry.note, entry.cache) if part)
    return Text(" · " if error and notes else "").join([Text(error, "bad"), Text(notes, "note")])
