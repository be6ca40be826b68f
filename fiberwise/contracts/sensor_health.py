"""Input and results of the pipeline `sensor-health`. Each figure: docs/pipelines/sensor-health.md."""

from typing import Self

from pydantic import Field, model_validator

from fiberwise.contracts.canonical import Called, Reference
from fiberwise.contracts.dataset import NULL_TOKENS, Artifact, Dataset, Generate, file_name
from fiberwise.contracts.drift import Drift
from fiberwise.contracts.execution import Outcome
from fiberwise.contracts.memory import PROCESSOR, Learnt
from fiberwise.contracts.payload import Asked, Payload, Volume
from fiberwise.contracts.profile import Extract
from fiberwise.contracts.remembered import profile_of

MADE = Generate(shape="sensors")


class SensorHealthRequest(Asked):
    """Which readings to look at, and what counts as trouble. Without `data` readings are generated."""

    data: Reference | None = Field(default=None, description="URI or path of the readings, one a row")
    source: Called | None = Field(
        default=None, description="what people call the data set (default: what `data` says)"
    )
    generate: Generate | None = Field(default=None, description="make a data set instead of reading one")
    time: str = Field(default="measured_at", description="the column of moments, ISO 8601")
    sensor: str = Field(default="sensor", description="the column that names what was measured")
    value: str = Field(default="temperature", description="the column of numbers")
    window_seconds: int | None = Field(
        default=None,
        ge=1,
        le=31_536_000,
        description="width of a window (default: at most 96 of them)",
    )
    gap_factor: float = Field(
        default=5, gt=1, le=1e6, description="an interval over so many times the sensor's median is a gap"
    )
    stuck_readings: int = Field(
        default=20, ge=2, description="so many equal values in a row are a stuck sensor"
    )
    drift_t: float = Field(
        default=4, gt=0, description="a trend's t statistic, from which on it may be a drift"
    )
    drift_effect: float = Field(
        default=1, ge=0, description="and its change over all the time, in standard deviations about the line"
    )
    null_tokens: tuple[str, ...] = Field(default=NULL_TOKENS, description="texts that mean: no value here")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.data is not None and self.generate is not None:
            raise ValueError("give `data` or `generate`, not both")
        return self

    @property
    def about(self) -> str:
        return file_name(self.source or self.data) if self.data else (self.generate or MADE).about

    def study_of(self, dataset: Dataset) -> "SensorStudy":
        """What `measure` is asked about a data set."""
        return SensorStudy.model_validate(
            {"dataset": dataset, **self.model_dump(exclude={"data", "source", "generate"})}
        )


class SensorStudy(Payload):
    """Input of `measure`: the fields are those of the request."""

    dataset: Dataset
    time: str
    sensor: str
    value: str
    window_seconds: int | None
    gap_factor: float
    stuck_readings: int
    drift_t: float
    drift_effect: float
    null_tokens: tuple[str, ...]

    @property
    def volume(self) -> Volume:
        return self.dataset.volume

    @property
    def about(self) -> str:
        return f"{self.value} of each {self.sensor} · {self.dataset.about}"


class Gap(Payload):
    """Between two readings that are too far apart; `missing`: about so many should have come."""

    since: str
    until: str
    seconds: float
    missing: int


class Stuck(Payload):
    value: float
    readings: int
    since: str
    until: str


class Trend(Payload):
    """The straight line by least squares: `change` over all the time, `effect` that in standard deviations about it.

    `t` and `effect` are None of readings that lie on a line.
    """

    per_day: float
    change: float
    t: float | None = None
    effect: float | None = None
    drifting: bool


class Sensor(Payload):
    """One sensor; `gaps` and `stuck` count all, of which the longest five are told. Moments are ISO 8601 in UTC.

    `out_of_order`: its chunks lie over each other in time, so that gaps and runs between them are not known.
    """

    name: str
    readings: int
    first: str
    last: str
    min: float
    max: float
    mean: float
    std: float | None
    interval_s: float | None
    gaps: int
    longest_gaps: list[Gap]
    stuck: int
    longest_stuck: list[Stuck]
    trend: Trend | None
    out_of_order: bool = False

    @property
    def drifting(self) -> bool:
        return self.trend is not None and self.trend.drifting

    @property
    def troubles(self) -> list[str]:
        found = {"stuck": self.stuck, "drifting": self.drifting, "gaps": self.gaps}
        return [name for name, there in found.items() if there]


class SensorHealth(Payload):
    """Result of `measure`. `windows` is a CSV file: sensor, start, count, mean, min, max.

    `sensors` are at most 100, those with most troubles first; `count` and the counts of troubles are of all.
    """

    readings: int
    unread: int = Field(description="rows without a moment, a sensor or a number")
    first: str
    last: str
    count: int
    with_gaps: int
    stuck: int
    drifting: int
    out_of_order: int = 0
    window_seconds: int
    windows: Artifact
    sensors: list[Sensor]

    @property
    def volume(self) -> Volume:
        return Volume(self.readings)

    @property
    def about(self) -> str:
        return f"{self.count:,} sensors · {self.readings:,} readings"

    @property
    def summary(self) -> str:
        """What a person should know, in a sentence or two."""
        troubles = {"stuck": self.stuck, "drifting": self.drifting, "with gaps": self.with_gaps}
        told = ", ".join(f"{count:,} {name}" for name, count in troubles.items() if count)
        left = f" Rows that are no readings: {self.unread:,}." if self.unread else ""
        return f"{self.about}: {told or 'nothing is wrong'}.{left}"


class Drawing(Payload):
    """Input of `draw`."""

    health: SensorHealth
    title: str

    @property
    def volume(self) -> Volume:
        return self.health.volume

    @property
    def about(self) -> str:
        return self.health.about


class Comparison(Payload):
    """Input of `compare`: under which name agents remember the data, and what it holds now."""

    source: str
    extract: Extract


class Compared(Payload):
    """What has moved since the run before; None where nothing is remembered, and `trouble` where memory was away."""

    drift: Drift | None = None
    trouble: str = ""


class SensorHealthResults(Payload):
    """What the pipeline found; an optional part that could not be made is None, and a reason says why."""

    dataset: Dataset
    summary: str
    health: SensorHealth
    chart: Artifact | None = Field(default=None, description="a picture of the windows (SVG)")
    extract: Extract | None = Field(default=None, description="the profile of all columns")
    drift: Drift | None = Field(
        default=None, description="what has moved since the run before on this source"
    )

    def learnt(self, request: SensorHealthRequest, outcome: Outcome) -> list[Learnt]:
        """The profile, which is that of `complex-multi-agent`: each tells the drift since the other."""
        source = self.dataset.remembered_as
        if not self.extract or not source:
            return []
        value = profile_of(self.extract).model_dump(mode="json", exclude_none=True)
        return [Learnt(agent=PROCESSOR, source=source, part="profile", value=value)]
