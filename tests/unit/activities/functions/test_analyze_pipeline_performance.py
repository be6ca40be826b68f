"""Where the time of a run went, from entries written by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.functions.analyze_pipeline_performance import analyze
from activities.functions.performance.advice import NOTHING
from fiberwise.contracts.attempt import Failure, Metrics
from fiberwise.contracts.execution import Entry, EntryStatus
from fiberwise.contracts.performance import Analysis, Ledger, StepFigures, SuccessRate

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NEW = SuccessRate(runs=0, completed=0, rate=None)
SIDE_BY_SIDE = [["extract", "transform"]]


def entry(
    step: str,
    start: float | None,
    end: float | None,
    status: EntryStatus = "completed",
    attempt: int = 1,
    call: int = 1,
    **metrics: float | None,
) -> Entry:
    """Times in seconds after noon; `seq` follows the end, as in a real log."""
    return Entry(
        seq=int(1000 * (end or start or 0)),
        step=step,
        call=call,
        activity=step,
        attempt=attempt,
        status=status,
        started_at=None if start is None else NOON + timedelta(seconds=start),
        completed_at=None if end is None else NOON + timedelta(seconds=end),
        duration_ms=None if start is None or end is None else (end - start) * 1000,
        error=Failure(type="Boom", message="it broke") if status == "failed" else None,
        metrics=Metrics.model_validate(metrics),
    )


def analysis(*entries: Entry, success: SuccessRate = NEW) -> Analysis:
    ledger = Ledger(pipeline="complex-multi-agent", entries=list(entries), groups=SIDE_BY_SIDE)
    return analyze(ledger, success)


def figures(found: Analysis, step: str) -> StepFigures:
    return next(one for one in found.steps if one.step == step)


def full_run() -> list[Entry]:
    return [
        entry("ingest", 0, 1, cpu_ms=100),
        entry("extract", 1, 3, cpu_ms=1900, peak_rss_bytes=500, rows_per_s=10.0),
        entry("transform", 1, 5, cpu_ms=3900, peak_rss_bytes=700),
        entry("synthesize", 5, 6),
    ]


def test_walls_shares_and_totals_are_those_of_the_entries() -> None:
    found = analysis(*full_run())
    assert found.wall_ms == 6000
    assert [(one.step, one.wall_ms, one.attempts) for one in found.steps] == [
        ("ingest", 1000, 1),
        ("extract", 2000, 1),
        ("transform", 4000, 1),
        ("synthesize", 1000, 1),
    ]
    assert figures(found, "transform").share == pytest.approx(4 / 6)
    extract = figures(found, "extract")
    assert (extract.cpu_ms, extract.peak_rss_bytes, extract.rows_per_s) == (1900, 500, 10.0)


def test_the_critical_path_takes_the_step_of_a_group_that_ended_last() -> None:
    found = analysis(*full_run())
    assert found.critical_path == ["ingest", "transform", "synthesize"]
    assert found.bottleneck == "transform"


def test_overlap_is_the_sum_of_the_walls_over_the_wall_of_the_group() -> None:
    assert analysis(*full_run()).overlap == pytest.approx((2 + 4) / 4)


def test_without_two_steps_side_by_side_there_is_no_overlap() -> None:
    found = analysis(entry("ingest", 0, 1), entry("extract", 1, 2))
    assert (found.overlap, found.critical_path) == (None, ["ingest", "extract"])


def test_a_retried_step_counts_from_its_first_start_to_its_last_end() -> None:
    found = analysis(
        entry("ingest", 0, 1, "failed", cpu_ms=10, peak_rss_bytes=9),
        entry("ingest", 3, 4, attempt=2, cpu_ms=20, peak_rss_bytes=5),
    )
    ingest = figures(found, "ingest")
    assert (ingest.wall_ms, ingest.attempts, ingest.cpu_ms, ingest.peak_rss_bytes) == (4000, 2, 30, 9)
    assert found.advice[0] == "`ingest` failed once (Boom), which cost 3.0 s with the waits between."


def test_an_attempt_that_was_lost_may_lack_times_and_metrics() -> None:
    found = analysis(
        entry("ingest", 0, None, "lost"), entry("ingest", None, None, "lost"), entry("ingest", 10, 11)
    )
    ingest = figures(found, "ingest")
    assert (ingest.wall_ms, ingest.attempts, ingest.cpu_ms, ingest.rows_per_s) == (11000, 3, None, None)
    assert "failed 2 times (lost)" in found.advice[0]


def test_calls_in_a_loop_add_up_without_the_time_between() -> None:
    found = analysis(entry("ingest", 0, 1), entry("extract", 1, 2), entry("ingest", 2, 4, call=2))
    assert figures(found, "ingest").wall_ms == 3000


def test_skipped_and_substituted_calls_are_no_steps_of_the_run() -> None:
    found = analysis(entry("ingest", 0, 1), entry("extract", None, None, "skipped"))
    assert [one.step for one in found.steps] == ["ingest"]


def test_a_cached_step_took_the_time_of_its_look_up_and_no_attempt() -> None:
    found = figures(analysis(entry("ingest", 0, 0.004, "cached"), entry("extract", 1, 3)), "ingest")
    assert (found.wall_ms, found.attempts, found.cpu_ms, found.rows_per_s) == (4, 0, None, None)


def test_nobody_is_told_to_speed_up_what_was_kept() -> None:
    found = analysis(entry("extract", 0, 0.008, "cached"), entry("transform", 0, 0.001, "cached"))
    assert found.bottleneck == "extract"
    assert found.advice == [NOTHING]


def test_an_empty_log_has_an_analysis() -> None:
    found = analysis()
    assert (found.wall_ms, found.steps, found.critical_path, found.bottleneck, found.overlap) == (
        0,
        [],
        [],
        None,
        None,
    )
    assert found.advice == [NOTHING]


def test_a_log_without_any_times_has_shares_of_nothing() -> None:
    found = analysis(entry("ingest", None, None, "lost"))
    assert (found.wall_ms, figures(found, "ingest").share, found.bottleneck) == (0, 0, "ingest")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([entry("ingest", 0, 9, cpu_ms=8900), entry("synthesize", 9, 10)], "bound by CPU"),
        ([entry("ingest", 0, 9, cpu_ms=90), entry("synthesize", 9, 10)], "mostly waits (CPU 1%)"),
        ([entry("ingest", 0, 9), entry("synthesize", 9, 10)], "takes 90% of the run"),
        ([entry("ingest", 0, 1), entry("synthesize", 9, 10)], "8.0 s of 10.0 s went by between steps"),
        ([entry("extract", 0, 1), entry("transform", 0, 4)], "4.0 times as long as `extract`"),
        ([entry("ingest", 0, 1, peak_rss_bytes=3 << 30)], "3.0 GiB of memory"),
    ],
)
def test_advice_names_the_step_and_the_reason(entries: list[Entry], words: str) -> None:
    assert any(words in sentence for sentence in analysis(*entries).advice)


def test_earlier_failures_are_advised_on() -> None:
    success = SuccessRate(runs=10, completed=6, rate=0.6)
    found = analysis(*full_run(), success=success)
    assert found.success_rate == success
    assert found.advice[-1].startswith("Only 6 of 10 earlier runs completed")


def test_an_even_run_has_nothing_to_improve() -> None:
    found = analysis(
        entry("ingest", 0, 1), entry("extract", 1, 2), entry("transform", 1, 2), entry("synthesize", 2, 3)
    )
    assert found.advice == [NOTHING]
