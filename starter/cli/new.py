"""`new`."""

from typing import Annotated

from typer import Argument

from starter.cli.options import Json


def new(
    name: Annotated[str, Argument(metavar="NAME", help="As people will type it: small letters and hyphens.")],
    json: Json = False,
) -> int:
    """Write a pipeline that works into the checkout that you are in, with its page, tests and first histories."""
    from starter.cli import founding

    return founding.new(name, json)


COMMANDS = (new,)
