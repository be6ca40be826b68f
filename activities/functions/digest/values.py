"""What a trimmed text stands for. The rules of kinds: docs/pipelines/complex-multi-agent.md."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

from fiberwise.contracts.dataset import Kind

Value = int | float | date | datetime | str
"""Booleans are integers to Python; a datetime is in UTC where the text has an offset, else without a zone."""

LONGEST = 300
"""Characters of the longest value that is not text: a float ends at 309 digits."""

WHOLE = r"(?:0|[1-9][0-9]*)"
DECIMAL = rf"(?:{WHOLE}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
ZONE = r"(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"
# ASCII throughout: re.IGNORECASE alone would take the long s and the dotless i.
WRITTEN = re.compile(
    rf"(?P<integer>[+-]?{WHOLE})"
    rf"|(?P<number>[+-]?(?:{DECIMAL}|(?ai:inf|infinity)))"
    r"|(?P<boolean>(?ai:true|false))"
    r"|(?P<date>[0-9]{4}(?:-[0-9]{2}-|/[0-9]{2}/)[0-9]{2})"
    rf"|(?P<datetime>{DAY}[T ]{CLOCK}{ZONE}?)"
)


def read(text: str) -> tuple[Kind, Value]:
    """The narrowest kind that a text is written in, and its value; text where no day or year is like it."""
    written = WRITTEN.fullmatch(text) if len(text) <= LONGEST else None
    if written is None or written.lastgroup is None:
        return Kind.TEXT, text
    kind, reading = READ[written.lastgroup]
    try:
        return kind, reading(text)
    except (ValueError, OverflowError):
        return Kind.TEXT, text


def spelled(value: Value) -> str:
    """One text for all writings of a value: `1`, `+1` and `1.0` are one number."""
    match value:
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime():
            return value.replace(tzinfo=None).isoformat()
        case _:
            return str(value)


def _moment(text: str) -> datetime:
    """Cut to microseconds. Raises OverflowError for one that is before year 1 or after 9999 in UTC."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment


READ: dict[str, tuple[Kind, Callable[[str], Value]]] = {
    "integer": (Kind.INTEGER, int),
    "number": (Kind.NUMBER, float),
    "boolean": (Kind.BOOLEAN, lambda text: text.lower() == "true"),
    "date": (Kind.DATE, lambda text: date.fromisoformat(text.replace("/", "-"))),
    "datetime": (Kind.DATETIME, _moment),
}
