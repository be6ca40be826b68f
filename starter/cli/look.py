"""`list`, `show`, `watch`, `log`, `stats` and `pipelines`: looking changes nothing."""

from typing import Annotated

from typer import Argument, Option

from starter.cli.options import Id, Json, Strict

Since = Annotated[str, Option(metavar="WHEN", help="30m, 2h, 7d, or a date such as 2026-11-24.")]


def _list(
    pipeline: Annotated[str, Option(metavar="NAME", help="Only this pipeline.")] = "",
    status: Annotated[str, Option(metavar="STATUS", help="running, completed or failed.")] = "",
    outcome: Annotated[
        str, Option(metavar="OUTCOME", help="full, degraded, fallback, failed, cancelled or timed_out.")
    ] = "",
    phase: Annotated[
        str,
        Option(metavar="PHASE", help="Of running ones: needs_repair, waiting_approval, paused, blocked, …"),
    ] = "",
    user: Annotated[str, Option(metavar="NAME", help="Only what this user started.")] = "",
    since: Since = "",
    limit: Annotated[int, Option(min=1, max=10_000, help="How many at most.")] = 20,
    json: Json = False,
) -> int:
    """List executions, newest first."""
    from starter.cli import looking, session
    from starter.cli.moments import moment
    from starter.executions import Wanted

    wanted = Wanted(pipeline, status, outcome, phase, user, moment(since), limit)
    return session.act(lambda settings: looking.show_list(settings, wanted, json))


def show(id: Id, json: Json = False) -> int:
    """Show one execution: where it stands, and its result when it has ended."""
    from starter.cli import looking, session

    return session.act(lambda settings: looking.show_one(settings, id, json))


def watch(id: Id, strict: Strict = False, json: Json = False) -> int:
    """Follow an execution to its end, then print its result as `run` does."""
    from starter.cli import running, session

    return session.act(lambda settings: running.watch(settings, id, strict, json))


def log(id: Id, json: Json = False) -> int:
    """Print the execution log: one row per attempt of a step."""
    from starter.cli import looking, session

    return session.act(lambda settings: looking.show_log(settings, id, json))


def stats(
    since: Since = "7d",
    pipeline: Annotated[str, Option(metavar="NAME", help="Only this pipeline.")] = "",
    json: Json = False,
) -> int:
    """Print success rates, times, throughput, CPU and memory per pipeline and step, from the record."""
    from starter.cli import figures, session
    from starter.cli.moments import moment

    return figures.show_stats(session.load_settings(), moment(since), pipeline, json)


def pipelines(
    name: Annotated[str, Argument(metavar="[NAME]", help="One of them, with its steps and input.")] = "",
    json: Json = False,
) -> int:
    """Print the registered pipelines, or one in detail."""
    from starter.cli import registry

    return registry.show(name, json)


COMMANDS = (_list, show, watch, log, stats, pipelines)
