"""`clean`: what nothing refers to any more goes from the stores."""

from typing import Annotated

from typer import Option

from starter.cli.options import Json


def clean(
    older_than: Annotated[
        str, Option(metavar="WHEN", help="Only what is from before: 12h, 30d, 8w, or a date.")
    ],
    dry_run: Annotated[bool, Option("--dry-run", help="Only tell what would be removed.")] = False,
    yes: Annotated[bool, Option("--yes", help="Remove without asking.")] = False,
    json: Json = False,
) -> int:
    """Remove old artifacts, cache entries and records that nothing refers to."""
    from starter.cli import cleaning, session
    from starter.cli.moments import moment

    before = cleaning.before(moment(older_than, "--older-than"))
    return session.act(lambda settings: cleaning.clean(settings, before, dry_run, yes, json))


COMMANDS = (clean,)
