"""`rehearse`."""

from pathlib import Path
from typing import Annotated

from typer import Option

from starter.cli.options import Json, Pipeline


def rehearse(
    pipeline: Pipeline,
    data: Annotated[
        list[str] | None, Option(metavar="FILE|URI", help="Play it on this data set too; may be repeated.")
    ] = None,
    page: Annotated[
        Path | None, Option(metavar="FILE", help="Put the card into this page, between its marks.")
    ] = None,
    json: Json = False,
) -> int:
    """Play every fault in every step on a server that skips time, and print what comes of each."""
    from starter.cli import rehearsing, session

    return session.act(lambda settings: rehearsing.show(settings, pipeline, data or [], page, json))


COMMANDS = (rehearse,)
