"""`cache list`, `cache show`, `cache clear` and `cache who-used`: what steps have kept for runs to come."""

from typing import Annotated

import typer
from typer import Argument, Option

from starter.cli.options import Json

app = typer.Typer(help="Look at the step cache, and clear it.", rich_markup_mode=None)

Key = Annotated[
    str, Argument(metavar="KEY", help="Of a kept result, as `cache list` shows it; may be cut short.")
]
Step = Annotated[str, Option(metavar="STEP", help="Only this step: its name, or that of its activity.")]


@app.command("list")
def list_kept(
    step: Step = "",
    limit: Annotated[int, Option(min=1, max=10_000, help="How many at most.")] = 20,
    json: Json = False,
) -> int:
    """List kept results, newest first."""
    from starter.cli import kept_results, session

    return kept_results.show_list(session.load_settings(), step, limit, json)


@app.command()
def show(key: Key, json: Json = False) -> int:
    """Show one kept result: what it hangs on, who made it, and its value."""
    from starter.cli import kept_results, session

    return kept_results.show_one(session.load_settings(), key, json)


@app.command()
def clear(
    key: Annotated[str, Argument(metavar="[KEY]", help="Only this one; without any choice, all.")] = "",
    step: Step = "",
    older_than: Annotated[
        str, Option(metavar="WHEN", help="Only what was made before: 2h, 7d, or a date.")
    ] = "",
    json: Json = False,
) -> int:
    """Forget kept results; the next run that needs one computes it."""
    from starter.cli import kept_results, session
    from starter.cli.moments import moment

    made_before = moment(older_than, "--older-than")
    return kept_results.clear(session.load_settings(), key, step, made_before, json)


@app.command()
def who_used(key: Key, json: Json = False) -> int:
    """List the executions that took a kept result instead of computing it."""
    from starter.cli import kept_results, session

    return kept_results.show_users(session.load_settings(), key, json)
