"""`why`."""

from pathlib import Path
from typing import Annotated

from typer import Option

from starter.cli.options import Id, Json


def why(
    id: Id,
    html: Annotated[
        Path | None, Option(metavar="FILE", help="Write it as a page that can be sent: secrets masked.")
    ] = None,
    json: Json = False,
) -> int:
    """Tell why a run went as it did: what failed first, what it waited for, what to do now."""
    from starter.cli import explaining, session

    return session.act(lambda settings: explaining.explain(settings, id, html, json))


COMMANDS = (why,)
