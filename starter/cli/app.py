"""The commands by name. Each imports what it runs on when it runs: `--help` needs neither SDK nor registry."""

import typer

from starter.cli import (
    act,
    agents,
    cache,
    changing,
    clean,
    look,
    new,
    processes,
    rehearse,
    retry,
    run,
    upkeep,
    why,
)

app = typer.Typer(
    name="fiberwise",
    help="Durable data and agent pipelines on Temporal.",
    epilog="Start here: fiberwise run complex-multi-agent --data examples/penguins.csv",
    add_completion=False,
    rich_markup_mode=None,  # its import alone takes longer than all of the help
    pretty_exceptions_enable=False,
)

for module in (run, act, retry, look, why, upkeep, processes, rehearse, new, changing, clean):
    for command in module.COMMANDS:
        app.command(command.__name__.strip("_").replace("_", "-"))(command)
app.add_typer(cache.app, name="cache")
app.add_typer(agents.app, name="agents")
