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
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why: kept with what was done.")]
Step = Annotated[
    str, typer.Option(metavar="STEP", help="Which step, where several wait; extract#2 is its second call.")
]
