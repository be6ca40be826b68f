"""Figures are of the body, or are not given."""

from fiberwise.contracts.payload import Volume
from fiberwise.runtime.measuring import metrics_of
from fiberwise.runtime.metering import Usage


def test_a_child_whose_peak_this_machine_cannot_tell_is_not_given_the_worker_s():
    found = metrics_of(Usage(measured="process"), Volume(), Volume(), 1.0)
    assert (found.peak_rss_bytes, found.measured) == (None, "process")


def test_a_body_in_the_worker_has_the_worker_s_memory_and_says_so():
    found = metrics_of(Usage(), Volume(rows=10), Volume(), 2.0)
    assert found.peak_rss_bytes
    assert (found.measured, found.rows_per_s) == ("thread", 5.0)
