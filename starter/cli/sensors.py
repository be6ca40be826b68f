"""The results of `sensor-health` as a report: which sensors are in trouble, and where."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fiberwise.contracts.sensor_health import Sensor, SensorHealthResults
from starter.amounts import count, figure

SHOWN = 12
STYLES = {"stuck": "bad", "drifting": "poor", "gaps": "poor"}


def sections(found: SensorHealthResults, short: str) -> Iterator[RenderableType]:
    """`short` is the id to type for more."""
    health = found.health
    yield Text.assemble(("Sensors", "head"), f"  {found.summary}")
    yield Text(f"  {health.first} … {health.last}, windows of {health.window_seconds:,} s", "note")
    yield _table(health.sensors[:SHOWN])
    if health.count > SHOWN:
        yield Text(f"  … {health.count - SHOWN} more: fiberwise show {short} --json", "note")


def _table(sensors: list[Sensor]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for name in ("name", ">readings", ">mean", "range", "trouble"):
        justify = "right" if name[0] == ">" else "left"
        table.add_column(name.lstrip(">"), justify=justify, no_wrap=True, overflow="ellipsis")
    for one in sensors:
        spread = f"{figure(one.min)} … {figure(one.max)}"
        table.add_row(Text(one.name, "name"), figure(one.readings), figure(one.mean), spread, _trouble(one))
    return table


def _trouble(one: Sensor) -> Text:
    told: list[Text] = []
    if one.longest_stuck:
        run = one.longest_stuck[0]
        told.append(Text(f"stuck at {figure(run.value)} for {run.readings:,} readings", STYLES["stuck"]))
    if one.trend and one.drifting:
        told.append(Text(f"drifts by {one.trend.per_day:+.3g} a day", STYLES["drifting"]))
    if one.longest_gaps:
        gap = one.longest_gaps[0]
        told.append(
            Text(
                f"{count(one.gaps, 'gap')}, the longest lacks {count(gap.missing, 'reading')}", STYLES["gaps"]
            )
        )
    return Text(" · ").join(told)
