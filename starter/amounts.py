"""Numbers, spans and ages as a person reads them."""

from datetime import UTC, datetime

from fiberwise.contracts.dataset import Figure


def duration(ms: float | None) -> str:
    """`870 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `7 d 0 h`; `–` for none."""
    if ms is None:
        return "–"
    if ms < 1000:
        return f"{ms:.0f} ms"
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def size(count: float | None) -> str:
    """`900 B`, `8.1 MiB`; `–` for none."""
    if count is None:
        return "–"
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count:.0f} B"


def figure(value: Figure) -> str:
    """A number with at most four significant decimals; text as it is; `–` for none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.0f}" if 10_000 <= abs(value) < 1e9 else f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)  # years read badly with a comma
    return value


def rate(value: float | None) -> str:
    """A number per second, whole: `918,256`; `–` for none."""
    return "–" if value is None else f"{value:,.0f}"


def share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def count(number: int, noun: str) -> str:
    """`1 row`, `3 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def ago(moment: datetime | None) -> str:
    """`12 s ago`, `3 h ago`; `–` for none."""
    if moment is None:
        return "–"
    seconds = max(0, (datetime.now(UTC) - moment).total_seconds())
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name} ago"
    return f"{seconds:.0f} s ago"
