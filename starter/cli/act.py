"""`cancel`, `terminate`, `pause`, `resume`, `approve`, `reject`, `repair` and `retry-now`: a person acts on a run."""

from typing import TYPE_CHECKING, Annotated

from typer import Option

from starter.cli.options import Id, Json, Reason, Step

if TYPE_CHECKING:
    from starter.cli.acting import Act

Now = Annotated[
    bool, Option("--now", help="Pause running attempts too: they end, and are done again on `resume`.")
]
Given = Annotated[
    str, Option("--input", metavar="JSON|@FILE", help="Fields of the step's input, in place of its own.")
]
Changes = Annotated[
    list[str] | None, Option("--set", metavar="PATH=VALUE", help="Change one field of the step's input.")
]
Edit = Annotated[
    str | None, Option(metavar="JSON|@FILE", help="Try it again with these fields of its input changed.")
]
Give = Annotated[str | None, Option(metavar="JSON|@FILE", help="Take this for the step's result.")]


def cancel(id: Id, reason: Reason = "", json: Json = False) -> int:
    """Ask an execution to stop; what it did is undone where that is declared, and its log is kept."""
    from starter.cli import cancelling, session

    return session.act(lambda settings: cancelling.cancel(settings, id, reason, json))


def terminate(id: Id, reason: Reason = "", json: Json = False) -> int:
    """End an execution where it stands: nothing is undone. Its record is closed."""
    return _act(lambda client: client.terminate(id, reason), json)


def pause(id: Id, now: Now = False, reason: Reason = "", json: Json = False) -> int:
    """Let no further step of an execution begin until `resume`, and no step that waits in its backoff."""
    return _act(lambda client: client.pause(id, reason, now=now), json)


def resume(id: Id, reason: Reason = "", json: Json = False) -> int:
    """Let a paused execution go on where it stopped."""
    return _act(lambda client: client.resume(id, reason), json, goes_on=True)


def approve(
    id: Id,
    step: Step = "",
    given: Given = "{}",
    changes: Changes = None,
    reason: Reason = "",
    json: Json = False,
) -> int:
    """Let a step begin that waits for it, with its input changed where you say so."""
    from starter.cli import acting
    from starter.cli.documents import read_object

    fields = read_object(given, "--input")
    return _act(
        lambda client: acting.approve(client, id, reason, step, fields, changes or ()), json, goes_on=True
    )


def reject(id: Id, step: Step = "", reason: Reason = "", json: Json = False) -> int:
    """Keep a step from beginning that waits for your leave; what becomes of the run, its pipeline declares."""
    return _act(lambda client: client.reject(id, reason, step=step), json, goes_on=True)


def repair(
    id: Id,
    step: Step = "",
    retry: Annotated[bool, Option("--retry", help="Try it again as it is.")] = False,
    edit: Edit = None,
    changes: Changes = None,
    give: Give = None,
    skip: Annotated[bool, Option("--skip", help="Go on without it: the run is degraded.")] = False,
    fall_back: Annotated[bool, Option("--fall-back", help="Let the fallback pipeline do the work.")] = False,
    reason: Reason = "",
    json: Json = False,
) -> int:
    """Mend a step that failed for good and holds the run: by a flag, or asked on a terminal."""
    from starter.cli import repairing

    wish = repairing.Wish(id, step, reason, retry, edit, changes or (), give, skip, fall_back)
    return _act(repairing.doing(wish, json), json, goes_on=True)


def retry_now(id: Id, step: Step = "", reason: Reason = "", json: Json = False) -> int:
    """Try at once what waits in its backoff."""
    return _act(lambda client: client.retry_now(id, reason, step=step), json, goes_on=True)


def _act(doing: "Act", json: bool, *, goes_on: bool = False) -> int:
    from starter.cli import acting, session

    return session.act(lambda settings: acting.act(settings, doing, json, goes_on=goes_on))


COMMANDS = (cancel, terminate, pause, resume, approve, reject, repair, retry_now)
