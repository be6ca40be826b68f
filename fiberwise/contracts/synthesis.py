"""What `synthesize` makes of profile and cleaning. Each formula: docs/pipelines/complex-multi-agent.md."""

from typing import Literal

from fiberwise.contracts.cleaning import Transform
from fiberwise.contracts.dataset import NULL_TOKENS, Dataset, Figure
from fiberwise.contracts.drift import Drift
from fiberwise.contracts.memory import Note
from fiberwise.contracts.payload import Payload, Volume, added
from fiberwise.contracts.profile import Extract


class Brief(Payload):
    """Input of `synthesize`; a part that could not be made is None, and then named in `missing`."""

    dataset: Dataset
    extract: Extract | None = None
    transform: Transform | None = None
    null_tokens: tuple[str, ...] = NULL_TOKENS

    @property
    def volume(self) -> Volume:
        return self.dataset.volume

    @property
    def about(self) -> str:
        return self.dataset.about


class Quality(Payload):
    """Shares from 0 to 1; None where a missing part would be needed."""

    completeness: float | None
    uniqueness: float | None
    consistency: float | None = None
    score: float | None


class Correlation(Payload):
    a: str
    b: str
    pearson: float
    n: int


class Outliers(Payload):
    """Values of a numeric column outside [low, high] = [p25 - 1.5 iqr, p75 + 1.5 iqr]."""

    column: str
    rule: Literal["iqr-1.5"] = "iqr-1.5"
    low: Figure
    high: Figure
    count: int


class Finding(Payload):
    """One thing a person should know, in words, with the figures that show it."""

    kind: str
    severity: Literal["info", "warning", "problem"]
    columns: list[str] = []
    text: str
    evidence: dict[str, Figure] = {}


OF_MEMORY = ("drift", "columns_gone", "columns_come", "kind_changed", "accepted_rules", "memory")
"""Kinds of findings that come of what agents remember, not of the data set alone."""


class Synthesis(Payload):
    """Result of `synthesize`; confidence from 0 to 1 falls with each missing part."""

    quality: Quality
    correlations: list[Correlation] = []
    outliers: list[Outliers] = []
    findings: list[Finding] = []
    next_steps: list[str] = []
    summary: str
    confidence: float
    missing: list[str] = []
    drift: Drift | None = added("how the source differs from what it was, where that is remembered")
    notes: list[Note] | None = added("what persons noted for this source")

    @property
    def about(self) -> str:
        score = self.quality.score
        quality = f"quality {score:.1%}" if score is not None else "quality unknown"
        return f"{quality}, {len(self.findings)} findings"
