"""What the pages tell a reader to type is there to be typed."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from starter.cli.app import app

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.glob("*.md"))
BLOCKS = re.compile(r"^```\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMANDS = typer.main.get_command(app)


def _typed(page: Path) -> list[list[str]]:
    lines = (line for block in BLOCKS.findall(page.read_text()) for line in block.splitlines())
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("fiberwise ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_is_one_with_the_options_it_has(page: Path):
    for name, *arguments in _typed(page):
        assert name in COMMANDS.commands, f"{page.name}: `{name}` is no command"
        COMMANDS.commands[name].make_context(name, arguments)  # raises for an option that there is not
