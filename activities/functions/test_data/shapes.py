"""The shapes of made data: which columns, how they hang together, and where defects may go.

All values are made with whole numbers only, since the last digit of a float function differs between
machines; none is empty, so that an empty cell is a planted gap.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from activities.functions.test_data.draws import Draw, peaked

Columns = dict[str, list[str]]


@dataclass(frozen=True)
class Shape:
    """`rows(first, count, draw)` makes that many rows from number `first` on; the first column is a key."""

    rows: Callable[[int, int, Draw], Columns]
    gaps: tuple[str, ...]
    spaces: tuple[str, ...]
    mixed: str
    outliers: str
    outlier: Callable[[int], str]
    """From a draw, a value of the column `outliers` far beyond its fences."""
    quoted: str | None = None
    """The column whose texts hold delimiters and quotes."""


FIRST = ("ada", "ben", "carla", "dara", "emil", "fatima", "gustav", "hana")
LAST = ("ahmed", "berg", "costa", "diaz", "evans", "fischer", "okafor", "patel")
HOSTS = ("example.com", "example.org", "mail.example.net", "post.example.edu")
COUNTRIES = 4 * ("DE",) + 3 * ("FR",) + 2 * ("ES", "IT", "NL") + ("PL", "SE", "AT")
PRODUCTS = ("lamp", "desk", "chair", "shelf", "mirror", "carpet", "clock", "vase")
NOTES = ("leave at the door", "call first", "gift wrap", "no hurry", "ring twice", "heavy", "fragile", "-")
CHANNELS = ("email", "email", "chat", "phone")
PRIORITIES = ("low", "low", "low", "normal", "normal", "normal", "high", "urgent")
SUBJECTS = (
    "Cannot sign in since this morning",
    'Error "403" when I upload, every time',
    "Invoice shows the wrong address, please correct",
    "How do I export my data?",
    'The button "Save" does nothing',
    "Slow, then a blank page",
    "Cancel my subscription",
    "Naïve question: where is the café’s menu?",
)
DAYS = [(dt.date(2023, 1, 1) + dt.timedelta(days=day)).isoformat() for day in range(731)]
CLOCK = [f"{minute // 60:02d}:{minute % 60:02d}:00" for minute in range(1440)]


def orders(first: int, count: int, draw: Draw) -> Columns:
    """Quantity and total go together; unit_price hangs on the product."""
    quantities = [1 + d % 9 for d in draw("quantity")]
    products = [d & 7 for d in draw("product")]
    prices = [2500 + 100 * p + peaked(d, 0, 900) for p, d in zip(products, draw("unit_price"), strict=True)]
    return {
        "order_id": [f"O-{number:08d}" for number in range(first, first + count)],
        "ordered_at": [DAYS[d % len(DAYS)] for d in draw("ordered_at")],
        "customer_email": _emails(draw),
        "country": [COUNTRIES[d & 15] for d in draw("country")],
        "product": [PRODUCTS[p] for p in products],
        "quantity": list(map(str, quantities)),
        "unit_price": list(map(_hundredths, prices)),
        "total": [_hundredths(q * price) for q, price in zip(quantities, prices, strict=True)],
        "shipping": [_hundredths(peaked(d, 390, 1290)) for d in draw("shipping")],
        "paid": _booleans(draw, "paid"),
        "note": [NOTES[d & 7] for d in draw("note")],
    }


def sensors(first: int, count: int, draw: Draw) -> Columns:
    """One reading a minute; humidity falls as temperature rises."""
    warmth = [peaked(d, -50, 350) for d in draw("temperature")]
    humidity = [800 - 3 * w // 2 + peaked(d, 0, 200) for w, d in zip(warmth, draw("humidity"), strict=True)]
    return {
        "reading_id": [f"R-{number:09d}" for number in range(first, first + count)],
        "sensor": [f"S-{d % 50:03d}" for d in draw("sensor")],
        "measured_at": [f"{_day(m // 1440)}T{CLOCK[m % 1440]}" for m in range(first, first + count)],
        "temperature": list(map(_tenths, warmth)),
        "humidity": list(map(_tenths, humidity)),
        "pressure": [_tenths(peaked(d, 9800, 10400)) for d in draw("pressure")],
        "battery": [str(d % 101) for d in draw("battery")],
        "calibrated": _booleans(draw, "calibrated"),
    }


def tickets(first: int, count: int, draw: Draw) -> Columns:
    """Free text with commas and quotes; many messages take many hours."""
    messages = [1 + d % 20 for d in draw("messages")]
    hours = [4 * m + peaked(d, 0, 30) for m, d in zip(messages, draw("hours"), strict=True)]
    return {
        "ticket_id": _identifiers(first, count, draw),
        "opened_at": [_moment(d) for d in draw("opened_at")],
        "customer_email": _emails(draw),
        "channel": [CHANNELS[d & 3] for d in draw("channel")],
        "priority": [PRIORITIES[d & 7] for d in draw("priority")],
        "subject": [SUBJECTS[d & 7] for d in draw("subject")],
        "messages": list(map(str, messages)),
        "first_response_minutes": [str(peaked(d, 5, 125)) for d in draw("first_response_minutes")],
        "resolution_hours": list(map(str, hours)),
        "satisfaction": [str(1 + d % 5) for d in draw("satisfaction")],
        "resolved": _booleans(draw, "resolved"),
    }


SHAPES = {
    "orders": Shape(
        orders,
        gaps=("ordered_at", "customer_email", "country", "quantity", "shipping", "paid", "note"),
        spaces=("country", "product", "note"),
        mixed="unit_price",
        outliers="shipping",
        outlier=lambda d: _hundredths(20_000 + d % 30_000),
    ),
    "sensors": Shape(
        sensors,
        gaps=("sensor", "temperature", "humidity", "pressure", "battery"),
        spaces=("sensor",),
        mixed="battery",
        outliers="pressure",
        outlier=lambda d: _tenths(d % 4_000 if d & 1 else 20_000 + d % 4_000),
    ),
    "tickets": Shape(
        tickets,
        gaps=("customer_email", "priority", "subject", "first_response_minutes", "satisfaction"),
        spaces=("channel", "subject"),
        mixed="satisfaction",
        outliers="first_response_minutes",
        outlier=lambda d: str(2_000 + d % 8_000),
        quoted="subject",
    ),
}


def _emails(draw: Draw) -> list[str]:
    return [
        f"{FIRST[d & 7]}.{LAST[d >> 3 & 7]}{d >> 10 & 1023}@{HOSTS[d >> 8 & 3]}"
        for d in draw("customer_email")
    ]


def _booleans(draw: Draw, purpose: str) -> list[str]:
    return ["true" if d & 7 else "false" for d in draw(purpose)]


def _identifiers(first: int, count: int, draw: Draw) -> list[str]:
    """UUIDs of version 4 in form; the row's number in the last group keeps each unique."""
    pairs = zip(range(first, first + count), draw("id"), draw("id more"), strict=True)
    return [f"{a:08x}-{b & 0xFFFF:04x}-4{b >> 20:03x}-8{b >> 8 & 0xFFF:03x}-{n:012x}" for n, a, b in pairs]


@cache
def _day(number: int) -> str:
    return (dt.date(2024, 1, 1) + dt.timedelta(days=number)).isoformat()


def _moment(draw: int) -> str:
    second = draw // len(DAYS) % 86_400
    return f"{DAYS[draw % len(DAYS)]}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


@cache
def _hundredths(number: int) -> str:
    return f"{number // 100}.{number % 100:02d}"


@cache
def _tenths(number: int) -> str:
    whole, tenth = divmod(abs(number), 10)
    return f"{'-' if number < 0 else ''}{whole}.{tenth}"
