"""`agents list`, `show`, `note`, `accept` and `forget`: what agents remember of data sources."""

from typing import Annotated

import typer
from typer import Argument, Option

from starter.cli.options import Json

app = typer.Typer(help="Look at what agents remember of data sources, and correct it.", rich_markup_mode=None)

Agent = Annotated[str, Argument(metavar="AGENT", help="DataProcessorAgent or AdvancedTestAgent.")]
Source = Annotated[
    str,
    Argument(metavar="SOURCE", help="As `agents list` shows it; its file name will do while that is unique."),
]


@app.command("list")
def list_memories(
    agent: Annotated[str, Option(metavar="AGENT", help="Only of this agent.")] = "",
    limit: Annotated[int, Option(min=1, max=10_000, help="How many at most.")] = 20,
    json: Json = False,
) -> int:
    """List what is remembered, the last changed first."""
    from starter.cli import remembered, session

    return remembered.show_list(session.load_settings(), agent, limit, json)


@app.command()
def show(agent: Agent, source: Source, json: Json = False) -> int:
    """Show what an agent remembers of a source: profiles, accepted rules, judgements, notes."""
    from starter.cli import remembered, session

    return remembered.show_one(session.load_settings(), agent, source, json)


@app.command()
def note(
    agent: Agent,
    source: Source,
    text: Annotated[str, Argument(metavar="TEXT", help="Shown with the findings of each run on the source.")],
    json: Json = False,
) -> int:
    """Have an agent tell a person's note with its findings on a source."""
    from starter.cli import remembered, session

    return remembered.note(session.load_settings(), agent, source, text, json)


@app.command()
def accept(
    source: Source,
    rules: Annotated[list[str], Argument(metavar="RULE…", help="Such as trim, null_tokens, casts.")],
    json: Json = False,
) -> int:
    """Clean a source by these rules from now on, where a run gives none."""
    from starter.cli import remembered, session

    return remembered.accept(session.load_settings(), source, rules, json)


@app.command()
def forget(
    agent: Agent,
    source: Source,
    part: Annotated[
        str, Option(metavar="PART", help="Only this: profile, decision, judgement or notes.")
    ] = "",
    note: Annotated[int | None, Option(metavar="ID", help="Only this note.")] = None,
    json: Json = False,
) -> int:
    """Make an agent forget a source; the next run on it begins afresh."""
    from starter.cli import remembered, session

    return remembered.forget(session.load_settings(), agent, source, part, note, json)
