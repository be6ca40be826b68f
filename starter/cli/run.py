"""`run` and `start`."""

from typing import Annotated

from typer import Option

from starter.cli.options import Json, Pipeline, Strict

Data = Annotated[str | None, Option(metavar="FILE|URI|-", help="The data set; - reads standard input.")]
Fields = Annotated[str, Option("--input", metavar="JSON|@FILE", help="The request: a JSON object.")]
Changes = Annotated[
    list[str] | None, Option("--set", metavar="PATH=VALUE", help="Set one field of the request.")
]
Key = Annotated[str, Option(metavar="KEY", help="Idempotency key: the same key is the same execution.")]
Faults = Annotated[
    list[str] | None,
    Option(
        "--fault", metavar="STEP=KIND", help="Try out: fail, fail-once, hang, slow, garbage, kill-worker."
    ),
]
NoCache = Annotated[bool, Option("--no-cache", help="Neither take results of earlier runs nor keep any.")]
Hold = Annotated[
    bool, Option("--hold", help="A step that fails for good waits for you to `repair` it, whichever it is.")
]
Deadline = Annotated[
    str, Option(metavar="TIME", help="90s, 30m, 2h: the run ends then with what it has, as timed_out.")
]
Streams = Annotated[
    bool, Option("--stream", help="Work on the data in chunks, so that it never is whole in memory.")
]
Refresh = Annotated[
    list[str] | None, Option(metavar="STEP", help="Do this cached step anew, and keep what it gives.")
]


def run(
    pipeline: Pipeline,
    data: Data = None,
    fields: Fields = "{}",
    changes: Changes = None,
    key: Key = "",
    strict: Strict = False,
    fault: Faults = None,
    no_cache: NoCache = False,
    refresh: Refresh = None,
    hold: Hold = False,
    deadline: Deadline = "",
    stream: Streams = False,
    json: Json = False,
) -> int:
    """Run a pipeline, show how it goes, and print its result."""
    from starter.cli import ordering, running, session

    settings = session.load_settings()
    held = hold or ordering.declared_if_watched()
    manner = ordering.Manner(key, fault or (), no_cache, refresh or (), held, deadline, stream)
    order = ordering.ordered(settings, pipeline, data, fields, changes or [], manner)
    return session.act(lambda settings: running.run(settings, order, strict, json), settings)


def start(
    pipeline: Pipeline,
    data: Data = None,
    fields: Fields = "{}",
    changes: Changes = None,
    key: Key = "",
    fault: Faults = None,
    no_cache: NoCache = False,
    refresh: Refresh = None,
    hold: Hold = False,
    deadline: Deadline = "",
    stream: Streams = False,
    json: Json = False,
) -> int:
    """Start a pipeline on a server that is up, and return at once."""
    from starter.cli import ordering, running, session

    settings = session.load_settings()
    manner = ordering.Manner(key, fault or (), no_cache, refresh or (), hold or None, deadline, stream)
    order = ordering.ordered(settings, pipeline, data, fields, changes or [], manner)
    return session.act(lambda settings: running.start_only(settings, order, json), settings)


COMMANDS = (run, start)
