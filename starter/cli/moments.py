"""Reads a point in time as a person writes it."""

import re
from datetime import UTC, datetime, timedelta

from fiberwise.contracts.errors import BadInput

UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, option: str = "--since") -> datetime | None:
    """`2h` and `7d` are that long ago; an ISO 8601 date or time is itself, in local time unless it says.

    None for empty text. Raises BadInput, naming the option, for anything else.
    """
    if not text:
        return None
    span = re.fullmatch(r"(\d+)\s*(s|min|m|h|d|w)", text.strip())
    try:
        if span:
            return datetime.now(UTC) - timedelta(**{UNITS[span[2]]: int(span[1])})
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        hint = "give 30m, 2h, 7d, 2026-11-24 or 2026-11-24T10:30"
        raise BadInput(f"`{text}` is no point in time", where=option, hint=hint) from error
