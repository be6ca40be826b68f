"""The picture: a strip for each sensor with the means of its windows, their range, and where its troubles lie."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from xml.sax.saxutils import escape

from fiberwise.contracts.sensor_health import Drawing, Sensor, SensorHealth

STRIPS = 12
WIDTH, LEFT, RIGHT, TOP, STRIP, SPACE = 960, 170, 20, 78, 56, 16
INK, FAINT, LINE, RANGE = "#1f2933", "#6b7785", "#1d5fa8", "#d5e3f3"
TROUBLE = {"gaps": "#f0a63a", "stuck": "#c8383d", "drifting": "#7a3fa0"}
FONT = "font-family='Helvetica, Arial, sans-serif'"


class Point(NamedTuple):
    """A window: its middle in seconds since 1970."""

    at: float
    mean: float
    low: float
    high: float


class Scale(NamedTuple):
    """From [low, high] to [start, end] of the picture."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(self.start + min(1.0, max(0.0, share)) * (self.end - self.start), 1)


Windows = Mapping[str, Sequence[Point]]


def read_windows(text: str) -> Windows:
    """Sensor -> its windows in order, of the file that `measure` writes; each stands at its start."""
    found: dict[str, list[Point]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        figures = (float(row[name]) for name in ("mean", "min", "max"))
        found.setdefault(row["sensor"], []).append(Point(seconds(row["start"]), *figures))
    return found


def seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def chart(drawing: Drawing, windows: Windows) -> str:
    """SVG on a light ground, of the sensors with most troubles."""
    health = drawing.health
    shown = health.sensors[:STRIPS]
    height = TOP + len(shown) * (STRIP + SPACE) + 30
    middle = health.window_seconds / 2
    across = Scale(seconds(health.first), seconds(health.last), LEFT, WIDTH - RIGHT)
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}' "
        f"viewBox='0 0 {WIDTH} {height}' role='img' {FONT}>",
        f"<title>{_legible(drawing.title)}: {_legible(health.summary)}</title>",
        f"<rect width='{WIDTH}' height='{height}' fill='#ffffff'/>",
        *_head(drawing, len(shown)),
    ]
    for number, sensor in enumerate(shown):
        points = [point._replace(at=point.at + middle) for point in windows.get(sensor.name, ())]
        lines += _strip(
            sensor, _pieces(points, health.window_seconds), across, TOP + number * (STRIP + SPACE)
        )
    lines += [*_foot(health, height - 12), "</svg>"]
    return "\n".join(lines) + "\n"


def _head(drawing: Drawing, shown: int) -> Iterator[str]:
    health = drawing.health
    more = f", of which {shown} are drawn" if health.count > shown else ""
    yield _text(LEFT, 24, drawing.title[:90], size=16, weight="bold")
    yield _text(LEFT, 43, f"{health.summary}{more}"[:130], colour=FAINT)
    place = LEFT
    for name, colour in TROUBLE.items():
        yield f"<rect x='{place}' y='53' width='10' height='10' fill='{colour}'/>"
        yield _text(place + 15, 62, name)
        place += 90
    yield _text(place, 62, "line: mean of a window; band: its least and greatest value", colour=FAINT)


def _pieces(points: Sequence[Point], width: int) -> list[list[Point]]:
    """Where windows are missing, no line says what was between."""
    found: list[list[Point]] = []
    for point in points:
        if found and point.at - found[-1][-1].at <= 1.5 * width:
            found[-1].append(point)
        else:
            found.append([point])
    return found


def _strip(sensor: Sensor, pieces: Sequence[Sequence[Point]], across: Scale, top: float) -> Iterator[str]:
    up = Scale(sensor.min, sensor.max, top + STRIP - 3, top + 3)
    yield _text(8, top + 16, sensor.name[:22], weight="bold")
    yield _text(8, top + 33, f"{sensor.min:g} … {sensor.max:g}", colour=FAINT)
    yield _text(8, top + 49, ", ".join(sensor.troubles) or "nothing wrong", colour=FAINT)
    yield f"<rect x='{LEFT}' y='{top}' width='{WIDTH - LEFT - RIGHT}' height='{STRIP}' fill='#f6f8fa'/>"
    for gap in sensor.longest_gaps:
        yield _mark(across, gap.since, gap.until, top, TROUBLE["gaps"])
    for run in sensor.longest_stuck:
        yield _mark(across, run.since, run.until, top, TROUBLE["stuck"])
    for points in pieces:
        yield _band(points, across, up)
        yield _line([(across.place(one.at), up.place(one.mean)) for one in points], LINE)
    if sensor.trend and sensor.drifting:
        ends = (sensor.mean - sensor.trend.change / 2, sensor.mean + sensor.trend.change / 2)
        places = (across.place(seconds(sensor.first)), across.place(seconds(sensor.last)))
        yield _line(list(zip(places, map(up.place, ends), strict=True)), TROUBLE["drifting"], dashed=True)


def _mark(across: Scale, since: str, until: str, top: float, colour: str) -> str:
    start, end = across.place(seconds(since)), across.place(seconds(until))
    width = round(max(1.5, end - start), 1)
    return (
        f"<rect x='{start}' y='{top}' width='{width}' height='{STRIP}' fill='{colour}' fill-opacity='0.35'/>"
    )


def _band(points: Sequence[Point], across: Scale, up: Scale) -> str:
    over = [f"{across.place(one.at)},{up.place(one.high)}" for one in points]
    under = [f"{across.place(one.at)},{up.place(one.low)}" for one in reversed(points)]
    return f"<polygon points='{' '.join([*over, *under])}' fill='{RANGE}' fill-opacity='0.8'/>"


def _line(places: Sequence[tuple[float, float]], colour: str, *, dashed: bool = False) -> str:
    if len(places) == 1:
        return f"<circle cx='{places[0][0]}' cy='{places[0][1]}' r='2.5' fill='{colour}'/>"
    points = " ".join(f"{x},{y}" for x, y in places)
    dash = " stroke-dasharray='6 4'" if dashed else ""
    return f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='1.6'{dash}/>"


def _foot(health: SensorHealth, y: float) -> Iterator[str]:
    yield _text(LEFT, y, health.first, colour=FAINT)
    yield _text(WIDTH - RIGHT, y, health.last, colour=FAINT, anchor="end")


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    colour: str = INK,
    weight: str = "normal",
    anchor: str = "start",
) -> str:
    style = f"font-size='{size}' fill='{colour}' font-weight='{weight}' text-anchor='{anchor}'"
    return f"<text x='{x}' y='{y}' {style}>{_legible(text)}</text>"


def _legible(text: str) -> str:
    """What XML does not allow at all, no escape can say."""
    return escape("".join(char if char.isprintable() else "\ufffd" for char in text))
