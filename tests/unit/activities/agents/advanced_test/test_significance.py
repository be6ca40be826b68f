"""The tests behind drift give the figures of textbooks and tables."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.agents.advanced_test.significance import (
    Moments,
    compare_counts,
    compare_means,
    compare_shares,
    fisher,
    gamma_upper,
    holm,
    student_two_sided,
)

COUNT = st.integers(0, 10**7)


@pytest.mark.parametrize(
    ("t", "degrees", "p"),
    [(12.7062, 1, 0.05), (2.228139, 10, 0.05), (3.169273, 10, 0.01), (1.959964, 10**9, 0.05), (0, 5, 1)],
)
def test_student_s_distribution_is_that_of_the_tables(t: float, degrees: float, p: float):
    assert student_two_sided(t, degrees) == pytest.approx(p, rel=1e-4)


@pytest.mark.parametrize(
    ("statistic", "degrees", "p"),
    [(3.841459, 1, 0.05), (18.307038, 10, 0.05), (6.634897, 1, 0.01), (124.342113, 100, 0.05), (0, 3, 1)],
)
def test_the_chi_square_distribution_is_that_of_the_tables(statistic: float, degrees: int, p: float):
    assert gamma_upper(degrees / 2, statistic / 2) == pytest.approx(p, rel=1e-5)


def test_fisher_s_lady_tasting_tea_is_no_proof_with_three_of_four():
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)


def test_two_shares_are_compared_by_the_pooled_z_test():
    found = compare_shares(45, 100, 60, 100)
    assert found
    assert found.test == "two-proportion z"
    assert (found.statistic, found.p) == (pytest.approx(2.12398, rel=1e-5), pytest.approx(0.03367, rel=1e-3))
    assert found.effect == pytest.approx(2 * math.asin(math.sqrt(0.6)) - 2 * math.asin(math.sqrt(0.45)))


def test_rare_events_are_compared_exactly():
    found = compare_shares(0, 20, 4, 20)
    assert found
    assert (found.test, found.p) == ("Fisher exact", pytest.approx(0.10603, rel=1e-3))


def test_welch_s_test_does_not_take_variances_for_equal():
    found = compare_means(Moments(20, 15, 2), Moments(30, 16, 4))
    assert found
    assert (found.statistic, found.degrees) == (
        pytest.approx(1.16775, rel=1e-4),
        pytest.approx(45.139, rel=1e-4),
    )
    assert found.p == pytest.approx(0.2490, rel=1e-3)


def test_counts_are_compared_by_the_chi_square_test_of_homogeneity():
    found = compare_counts([20, 30, 50], [30, 30, 40])
    assert found
    assert (found.statistic, found.degrees) == (pytest.approx(3.1111, rel=1e-4), 2)
    assert found.p == pytest.approx(math.exp(-3.1111 / 2), rel=1e-4)


def test_holm_s_method_is_that_of_his_paper():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=20))
def test_a_corrected_p_is_never_below_its_own_nor_out_of_order(ps: list[float]):
    corrected = holm(ps)
    assert all(p <= q <= 1 for p, q in zip(ps, corrected, strict=True))
    assert sorted(range(len(ps)), key=lambda i: (ps[i], i)) == sorted(
        range(len(ps)), key=lambda i: (corrected[i], ps[i], i)
    )


@given(COUNT, COUNT, COUNT, COUNT)
def test_any_two_shares_have_a_p_between_nothing_and_one(hits_a: int, more_a: int, hits_b: int, more_b: int):
    found = compare_shares(hits_a, hits_a + more_a, hits_b, hits_b + more_b)
    assert found is None or (0 <= found.p <= 1 and found.effect >= 0)


@given(*[st.floats(-1e300, 1e300), st.floats(0, 1e300), st.integers(0, 10**9)] * 2)
def test_any_two_means_have_a_p_between_nothing_and_one(
    mean_a: float, std_a: float, n_a: int, mean_b: float, std_b: float, n_b: int
):
    found = compare_means(Moments(n_a, mean_a, std_a), Moments(n_b, mean_b, std_b))
    assert found is None or (0 <= found.p <= 1 and found.effect >= 0)


def test_of_nothing_nothing_is_said():
    assert compare_shares(0, 0, 3, 5) is None
    assert compare_counts([5], [7]) is None
    assert compare_means(Moments(1, 3, 0), Moments(9, 3, 1)) is None
