"""The account of a run as a person reads it in a terminal: word for word for a degraded run, and on one screen."""

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.why import Account
from starter.cli.explaining import told
from starter.cli.terminal import rendered
from starter.why.accounting import account
from tests.unit.starter.why.made import REFUSED, earlier, ended, entry, running

SCREEN = 50
TIMEOUT = Failure(type="StepTimeout", message="no result within 2 s", hint="less data, or more time")

GOLDEN = """\
complex-multi-agent/0f1e2d3c-0503-47ae-9119-ed19814ed037  degraded after 14.0 s, 80% of its steps done

Asked for    by ann, from the command line: orders.csv
Pipeline     complex-multi-agent, since it was asked for by its name
First cause  extract: ConnectionError: the model refused the connection
               attempts 1 and 2 failed, the last at 2026-11-24 10:00:05 UTC after 1.0 s
               attempt 3 failed at 2026-11-24 10:00:11 UTC after 2.0 s: StepTimeout: no result within 2 s
               → the result goes without it
Besides      3 ragged rows were set aside
Took         14.0 s in all: steps ran 7.0 s · waiting for a worker 500 ms · backing off 5.0 s · between steps 1.5 s
             it waited for ingest 1.0 s → extract 4.0 s (backing off 5.0 s) → synthesize 1.0 s → analyze 1.0 s
Last good    1a2b3c4d of 2026-11-23 10:00:00 UTC, which took 4.0 s
             ingest is the first step whose input differs from what it was then
               data: "monday.csv" → "tuesday.csv"
Do           fiberwise retry 0f1e2d3c  carries it on from extract: what was done is kept
             fiberwise rerun 0f1e2d3c  does all of it afresh
             less data, or more time
"""


def _degraded() -> Account:
    log = [
        entry("ingest", 0.5, 1.5, waited=0.5, input_hash="a", input={"data": "tuesday.csv"}),
        entry("transform", 2, 3),
        entry("extract", 2, 3, error=REFUSED),
        entry("extract", 4, 5, attempt=2, error=REFUSED),
        entry("extract", 9, 11, attempt=3, error=TIMEOUT),
        entry("synthesize", 11.5, 12.5),
        entry("analyze", 13, 14),
    ]
    good = earlier([entry("ingest", 0, 1, input_hash="b", input={"data": "monday.csv"})])
    reasons = ["extract failed: no result within 2 s", "3 ragged rows were set aside"]
    facts = ended("degraded", 14, log, reasons=reasons, completeness=0.8, earlier=good)
    return account(facts)


def test_a_degraded_run_word_for_word():
    assert rendered(told(_degraded())) == GOLDEN


def test_a_run_in_which_everything_fails_is_told_on_one_screen():
    log = [
        entry(f"step-{n}", n, n + 1, attempt=k, error=Failure(type="E" * 500, message=f"{k}\n" * 300))
        for n in range(40)
        for k in range(1, 30)
    ]
    text = rendered(told(account(ended("degraded", 100, log, reasons=[f"r{n}" for n in range(99)]))))
    assert len(text.splitlines()) <= SCREEN


def test_what_could_not_be_learned_is_said():
    text = rendered(told(account(running(5, [], [], unknown=["no worker is there to tell"]))))
    assert "Not known    no worker is there to tell" in text
