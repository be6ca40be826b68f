"""`doctor`, `replay`, `record` and `reconcile`."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from starter.cli.options import Id, Json


def doctor(json: Json = False) -> int:
    """Say what is missing on this machine, and how to mend it."""
    from starter.cli import health, session

    return health.show_checks(session.load_settings(), json)


def replay(
    files: Annotated[
        list[Path] | None, Argument(metavar="FILE…", help="Histories, as `record` writes them.")
    ] = None,
    query: Annotated[
        str, Option(metavar="QUERY", help="Instead of files: executions of a server, by list query.")
    ] = "",
    debug: Annotated[
        bool, Option("--debug", help="Outside the sandbox, so that breakpoint() and pdb work.")
    ] = False,
    json: Json = False,
) -> int:
    """Run recorded histories through today's workflow code: a change that breaks running executions shows here."""
    from starter.cli import replaying, session

    return session.act(lambda settings: replaying.show(settings, files or [], query, debug, json))


def record(id: Id, file: Annotated[Path, Argument(metavar="FILE")], json: Json = False) -> int:
    """Write an execution's history to a file."""
    from starter.cli import replaying, session

    return session.act(lambda settings: replaying.record(settings, id, file, json))


def reconcile(
    since: Annotated[
        str, Option(metavar="WHEN", help="Look at what ended since: 30m, 2h, 7d, or a date.")
    ] = "7d",
    json: Json = False,
) -> int:
    """Mend the record of executions that ended without one: terminated, timed out, or the store was down."""
    from starter.cli import reconciling, session
    from starter.cli.moments import moment

    begin = moment(since)
    return session.act(lambda settings: reconciling.reconcile(settings, begin, json))


COMMANDS = (doctor, replay, record, reconcile)
