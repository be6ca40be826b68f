"""What `doctor` prints: each check as soon as it is known."""

from rich.text import Text

from fiberwise.runtime.check import Check
from fiberwise.runtime.checks import run_checks
from fiberwise.runtime.settings import Settings
from starter.cli.terminal import answer, answer_json


def show_checks(settings: Settings, as_json: bool) -> int:
    """Exit code 1 where something that is needed is missing."""
    found: list[Check] = []
    for check in run_checks(settings):
        found.append(check)
        if not as_json:
            answer(_line(check))
    if as_json:
        answer_json(found)
    return 0 if all(check.ok for check in found) else 1


def _line(check: Check) -> Text:
    mark, style = ("✓", "good") if check.ok else ("✗", "bad")
    text = Text.assemble((f"{mark} ", style), f"{check.name:<22} ", (check.found, "" if check.ok else "bad"))
    return text.append(f"\n  {check.hint}", "poor") if check.hint else text
