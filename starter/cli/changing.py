"""`check-deploy`: what is asked before code is changed under runs that are under way."""

from typing import Annotated

from typer import Option

from starter.cli.options import Json


def check_deploy(
    limit: Annotated[
        int, Option(min=1, help="Look at so many running executions at most, the newest first.")
    ] = 1000,
    json: Json = False,
) -> int:
    """Say which running executions this code would break, and at which step. Exit code 1 if any."""
    from starter.cli import deploying, session

    return session.act(lambda settings: deploying.show(settings, limit, json))


COMMANDS = (check_deploy,)
