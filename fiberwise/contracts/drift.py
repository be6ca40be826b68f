"""How a data source differs from what it was. Each test and its floor: docs/memory.md."""

from typing import Literal

from pydantic import AwareDatetime

from fiberwise.contracts.dataset import Figure
from fiberwise.contracts.payload import Payload

ALPHA = 0.01
"""The chance, over all tests of a run, that one tells of a drift where there is none."""

What = Literal["come", "gone", "kind", "nulls", "true", "top", "mean"]
Test = Literal["two-proportion z", "Fisher exact", "chi-square", "Welch t"]


class Change(Payload):
    """One column that is not as it was. Of what needs no test (come, gone, kind) the figures are None.

    `p` is corrected for the number of tests, `p_alone` is not; `effect` is Cohen's h, w or d, whichever fits the test.
    """

    column: str
    what: What
    before: Figure = None
    now: Figure = None
    test: Test | None = None
    statistic: Figure = None
    degrees: float | None = None
    p_alone: float | None = None
    p: float | None = None
    effect: Figure = None
    text: str


class Drift(Payload):
    """Since the newest execution on the same source that is remembered. `tests` were made, corrected by Holm's method.

    `quality` is the score then and now; `findings_new` and `findings_gone` are kinds of findings.
    """

    since: AwareDatetime
    execution_id: str
    rows_before: int
    rows_now: int
    tests: int
    alpha: float = ALPHA
    correction: Literal["holm"] = "holm"
    changes: list[Change] = []
    quality: tuple[float | None, float | None] | None = None
    findings_new: list[str] = []
    findings_gone: list[str] = []
    text: str
