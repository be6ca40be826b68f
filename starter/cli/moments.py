"""Reads points and lengths of time as a person writes them."""

import re
from datetime import UTC, datetime, timedelta

from fiberwise.contracts.errors import BadInput

UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3650)  # past any deadline that is meant, and far from the end of all dates


def moment(text: str, option: str = "--since") -> datetime | None:
    """`2h` and `7d` are that long ago; an ISO 8601 date or time is itself, in local time unless it says.

    None for empty text. Raises BadInput, naming the option, for anything else.
    """
    if not text:
        return None
    try:
        if (long := _span(text)) is not None:
            return datetime.now(UTC) - long
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        hint = "give 30m, 2h, 7d, 2026-11-24 or 2026-11-24T10:30"
        raise BadInput(f"`{text}` is no point in time", where=option, hint=hint) from error


def span(text: str, where: str) -> timedelta:
    """`90s`, `30m`, `2h`, `7d`: more than nothing, and at most ten years. Raises BadInput, naming the option."""
    try:
        found = _span(text)
    except OverflowError:
        found = None
    if not found or found > LONGEST:
        hint = "give 90s, 30m, 2h or 7d, at most ten years"
        raise BadInput(f"`{text}` is no length of time", where=where, hint=hint)
    return found


def _span(text: str) -> timedelta | None:
    found = re.fullmatch(r"(\d+)\s*(s|min|m|h|d|w)", text.strip())
    return timedelta(**{UNITS[found[2]]: int(found[1])}) if found else None
