"""What `why` prints and writes."""

from pathlib import Path

from rich.text import Text

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.why import Account
from fiberwise.runtime.settings import Settings
from starter.cli.terminal import answer, answer_json, tell
from starter.connection import connection
from starter.why.gathering import why
from starter.why.page import page
from starter.why.telling import Line, Section, heading, sections

STYLES = {"full": "good", "degraded": "poor", "fallback": "poor", None: "name"}


async def explain(settings: Settings, asked: str, html: Path | None, as_json: bool) -> int:
    """Raises as `gathering.why`; BadInput for a page that cannot be written."""
    async with connection(settings, tell) as reached:
        found = await why(reached, asked)
    if html:
        _write(html, page(found))
        tell(f"the page is in {html}")
    answer_json(found) if as_json else answer(told(found))
    return 0


def told(account: Account) -> Text:
    """About a screen of text."""
    style = STYLES.get(account.outcome, "bad")
    text = Text.assemble((account.workflow_id, "head"), "  ", (heading(account), style), "\n")
    parts = sections(account)
    width = max(len(part.title) for part in parts) + 2
    for part in parts:
        text.append("\n").append(f"{part.title:<{width}}", "head").append_text(_beside(part, width))
    return text


def _beside(part: Section, width: int) -> Text:
    commands = max(len(line.command) for line in part.lines)
    return Text(f"\n{' ' * width}").join([_line(line, commands) for line in part.lines])


def _line(line: Line, commands: int) -> Text:
    typed = f"{line.command:<{commands}}  " if line.command else ""
    return Text.assemble("  " * line.depth, (typed, "name"), (line.text, line.tone))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    except OSError as error:
        raise BadInput(
            f"{file} cannot be written: {error.strerror}", where="--html", hint="name another file"
        ) from error
