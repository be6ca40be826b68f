"""The two streams: the answer on stdout, once and whole; progress and notes on stderr."""

import os
import sys
from io import StringIO
from typing import Literal

from pydantic_core import to_json
from rich.console import Console, RenderableType
from rich.theme import Theme

from starter.cli.exits import deliver, silence

PLAIN_WIDTH = 110  # where no terminal says how wide it is
THEME = Theme(
    {"note": "dim", "head": "bold", "good": "green", "poor": "yellow", "bad": "red", "name": "cyan"}
)


class Notes(Console):
    """Stderr, which nobody may be reading any more, or which leads to a full disk: neither fails a command."""

    def _check_buffer(self) -> None:
        try:
            super()._check_buffer()
        except OSError:
            self.on_broken_pipe()

    def on_broken_pipe(self) -> None:
        self.quiet = True
        silence(sys.stderr)


def notes() -> Notes:
    width = None if sys.stderr.isatty() else PLAIN_WIDTH
    return Notes(
        file=sys.stderr,
        color_system=_color_system(),
        theme=THEME,
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not sys.stderr.isatty(),
    )


def _color_system() -> Literal["auto"] | None:
    # Rich takes NO_COLOR (no-color.org: set to anything but nothing) for colours alone, and leaves bold and dim.
    return None if os.environ.get("NO_COLOR") else "auto"


def tell(text: str) -> None:
    """A note for a person, on stderr."""
    notes().print(text, style="note")


def answer(shown: RenderableType) -> None:
    """The answer for a person, on stdout: coloured on a terminal only, whole or not at all."""
    terminal = sys.stdout.isatty()
    width = Console(file=sys.stdout).width if terminal else PLAIN_WIDTH
    deliver(rendered(shown, width, terminal))


def rendered(shown: RenderableType, width: int = PLAIN_WIDTH, terminal: bool = False) -> str:
    """As text; what comes from data is never taken for markup."""
    page = StringIO()
    console = Console(
        file=page,
        width=width,
        force_terminal=terminal,
        color_system=_color_system(),
        theme=THEME,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(shown, soft_wrap=True)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def answer_json(value: object) -> None:
    """The answer for a program, on stdout: one JSON document."""
    deliver(to_json(value, indent=2, inf_nan_mode="null").decode() + "\n")
