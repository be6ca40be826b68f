"""`retry`, `redrive` and `rerun`."""

from typing import Annotated

from typer import Argument, Option

from starter.cli.options import Id, Json, Strict
from starter.cli.run import Changes, Deadline, Hold, NoCache


def retry(
    id: Annotated[
        str, Argument(metavar="ID", help="Execution id or workflow id; may be cut short while unique.")
    ] = "",
    from_step: Annotated[
        str, Option("--from", metavar="STEP", help="Do this step again too, and what came after it.")
    ] = "",
    changes: Changes = None,
    query: Annotated[
        str, Option(metavar="QUERY", help="Instead of ID: all that fit, by a list query of Temporal.")
    ] = "",
    failed_since: Annotated[
        str, Option(metavar="WHEN", help="Instead of ID: all that failed since 30m, 2h, 7d, or a date.")
    ] = "",
    rate: Annotated[
        float, Option(min=0.01, max=1000, metavar="N", help="Of many: begin at most so many a second.")
    ] = 10,
    yes: Annotated[bool, Option("--yes", help="Of many: begin without asking.")] = False,
    hold: Hold = False,
    deadline: Deadline = "",
    no_cache: NoCache = False,
    strict: Strict = False,
    json: Json = False,
) -> int:
    """Carry on an execution that ended badly, with what succeeded taken over; with --query or --failed-since many."""
    from starter.cli import ordering, redoing, redoing_many, session
    from starter.cli.moments import moment

    if not redoing_many.is_meant(id, query, failed_since):
        again = redoing.wanted(from_step, changes, hold or ordering.declared_if_watched(), deadline, no_cache)
        return session.act(lambda settings: redoing.retry(settings, id, again, strict, json))
    again = redoing.wanted(from_step, changes, hold or None, deadline, no_cache)
    since = moment(failed_since, "--failed-since")
    pace = redoing_many.Pace(rate, yes)
    return session.act(lambda settings: redoing_many.retry(settings, query, since, again, pace, json))


def redrive(
    id: Id,
    hold: Hold = False,
    deadline: Deadline = "",
    no_cache: NoCache = False,
    strict: Strict = False,
    json: Json = False,
) -> int:
    """Carry on an execution of which chunks failed: these are tried again, and what hangs on them."""
    from starter.cli import ordering, redoing, session

    again = redoing.wanted("", None, hold or ordering.declared_if_watched(), deadline, no_cache)
    return session.act(lambda settings: redoing.redrive(settings, id, again, strict, json))


def rerun(
    id: Id,
    changes: Changes = None,
    hold: Hold = False,
    deadline: Deadline = "",
    no_cache: NoCache = False,
    strict: Strict = False,
    json: Json = False,
) -> int:
    """Run an execution's request once more from the start, on the same data."""
    from starter.cli import ordering, redoing, session

    again = redoing.wanted("", changes, hold or ordering.declared_if_watched(), deadline, no_cache)
    return session.act(lambda settings: redoing.rerun(settings, id, again, strict, json))


COMMANDS = (retry, redrive, rerun)
