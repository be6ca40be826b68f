"""A storm can be played again: its seed decides all of it."""

from pathlib import Path

from tests.chaos.storm.forms import FORMS
from tests.chaos.storm.plan import TROUBLES, plan

HERE = Path("ledger")


def test_the_same_seed_gives_the_same_plan_and_another_one_another():
    assert plan(7, 50, HERE) == plan(7, 50, HERE)
    assert plan(7, 50, HERE) != plan(8, 50, HERE)


def test_every_kind_of_trouble_comes_before_the_last_run_is_started():
    planned = plan(7, 100, HERE).disturbances
    assert {one.trouble for one in planned} == set(TROUBLES)
    assert all(one.after < 100 for one in planned)


def test_a_storm_of_a_thousand_runs_has_every_form():
    assert {order.form for order in plan(7, 1000, HERE).orders} == set(FORMS)
