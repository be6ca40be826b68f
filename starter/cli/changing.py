"""`check-deploy` and `export-test`: what is asked before code is changed, and what holds it to what it did."""

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from starter.cli.options import Id, Json


def check_deploy(
    limit: Annotated[
        int, Option(min=1, help="Look at so many running executions at most, the newest first.")
    ] = 1000,
    json: Json = False,
) -> int:
    """Say which running executions this code would break, and at which step. Exit code 1 if any."""
    from starter.cli import deploying, session

    return session.act(lambda settings: deploying.show(settings, limit, json))


def export_test(
    id: Id,
    file: Annotated[
        Path | None,
        Argument(metavar="FILE", help="Where to; test_PIPELINE_ID.py where you are, if not said."),
    ] = None,
    unmasked: Annotated[
        bool, Option("--unmasked", help="Leave addresses, numbers and secrets as they are.")
    ] = False,
    json: Json = False,
) -> int:
    """Make a pytest file of an execution that ended: replayed, and run again with its steps stubbed."""
    from starter.cli import exporting, session

    return session.act(lambda settings: exporting.export_test(settings, id, file, not unmasked, json))


COMMANDS = (check_deploy, export_test)
