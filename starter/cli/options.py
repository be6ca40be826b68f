"""Options that several commands take, each described once."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Id = Annotated[
    str, typer.Argument(metavar="ID", help="Execution id or workflow id; may be cut short while unique.")
]
Pipeline = Annotated[
    str, typer.Argument(metavar="PIPELINE", help="Name of a pipeline: `fiberwise pipelines`.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 4 when the run was degraded or fell back.")]
