"""Points in time as an account tells them, which is read later, and elsewhere."""

from datetime import UTC, datetime


def at(moment: datetime | None) -> str:
    """`2026-11-25 02:54:06 UTC`; empty for none."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else ""
