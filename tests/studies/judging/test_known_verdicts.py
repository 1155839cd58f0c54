"""Synthetic networks of which the right verdict is known."""

import numpy as np
import pytest

from ib_mlflow.studies.judging import (
    Published,
    always,
    curve_drops,
    ends_higher,
    gains_and_loses,
    highly_correlated,
    keeps_up,
    loses,
    most,
    most_beyond,
    most_within,
    move_together,
    reproduces,
    rises,
    sometimes,
)

T, LEAST = np.arange(101.0), 0.05 * 8.3


def noisy(curve, seed, scale=0.3, members=20):
    return curve + scale * np.random.default_rng(seed).normal(size=(members, len(curve)))


def test_1_a_curve_that_rises_to_a_plateau_does_not_compress():
    curves = noisy(np.minimum(T / 2, 4), 1)
    assert loses(curves, LEAST).verdict != "agrees"
    assert gains_and_loses(curves, LEAST).verdict != "agrees"
    assert keeps_up(curves, LEAST).verdict != "disagrees"


def test_2_a_fall_of_a_nat_is_seen():
    curves = noisy(np.interp(T, [0, 20, 60], [0, 4, 3]), 2)
    assert loses(curves, LEAST).verdict == "agrees"


def test_3_losses_without_limit_are_no_fall():
    losses = noisy(np.interp(T, [0, 100], [0.7, 0.3]), 3, 0.02, members=10)
    losses[:6, 60:] = np.inf
    assert ends_higher(losses, 12).verdict != "disagrees"


def test_4_rounding_and_five_networks_decide_no_share():
    assert rises([2e-16, 4e-16, 2e-16, 3e-16]).verdict == "undecided"
    assert most([True] * 4).verdict == most([True] * 5).verdict == "undecided"


LEVELS = np.array([8.0, 7, 6, 5, 3])[:, None]


@pytest.mark.parametrize(("r", "verdict"), [(0.0, "disagrees"), (0.95, "agrees")])
def test_5_layers_that_differ_in_level_are_not_thereby_correlated(r, verdict):
    z, other = np.random.default_rng(5).normal(size=(2, 20, 5, 103))
    bins = LEVELS - 0.5 + 0.15 * (r * z + np.sqrt(1 - r * r) * other)
    assert highly_correlated(LEVELS - 0.3 + 0.15 * z, bins).verdict == verdict


def test_6_a_paper_of_eight_a_stuck_network_and_rounding():
    spread = np.array([1.5, 0.9, 0.5, 0.1, -0.1, -0.5, -0.9, -1.5])
    of_eight = Published(60.0, decimals=0, deviation=4.6, members=8)
    assert reproduces(50 + 4.6 * spread, of_eight, margin=1).verdict == "disagrees"
    assert reproduces([0.95] * 7 + [0.5], Published(0.70, decimals=2)).verdict == "undecided"
    assert reproduces([0.94628] * 20, 0.946).verdict != "disagrees"


def test_7_flat_curves_of_two_noises_lose_alike():
    """By the peak minus the end the noisier ones lose more, in each of such ensembles."""
    decided, by_peak = 0, 0
    for seed in range(40):
        one, other = noisy(0 * T, seed, 1.0), noisy(0 * T, seed + 100, 0.5)
        decided += rises(curve_drops(one) - curve_drops(other)).verdict != "undecided"
        peaks = [curves.max(axis=1) - curves[:, -1] for curves in (one, other)]
        by_peak += rises(peaks[0] - peaks[1]).verdict == "agrees"
    assert by_peak >= 38
    assert decided <= 6, "2 are nominal, and 6 within three standard deviations of them"


def test_8_curves_that_rise_together_because_all_networks_learn():
    first, second = noisy(np.sqrt(T), 8), noisy(np.log1p(T), 9)
    assert np.corrcoef(first[0], second[0])[0, 1] > 0.9
    assert move_together(first, second).verdict == "undecided"


def test_9_a_flat_layer_tells_nothing_of_a_correlation():
    flat = np.full((8, 30), 8.3)
    assert move_together(flat, noisy(T[:30], 9, members=8)).verdict == "undecided"
    z = np.random.default_rng(9).normal(size=(8, 2, 30))
    with_flat = z.copy()
    with_flat[:, 0] = 8.3
    assert move_together(with_flat, z).verdict == "agrees"


def test_10_a_loss_between_the_threshold_and_its_double_is_open():
    shift = 0.01 * np.arange(12)[:, None]
    for lost, verdict in (
        (0.1, "disagrees"),
        (0.3, "undecided"),
        (0.6, "undecided"),
        (1.0, "agrees"),
    ):
        curve = np.where(T < 60, 4.0, 4.0 - lost)
        assert loses(curve + shift, LEAST).verdict == verdict


def test_11_a_late_fall_is_seen_and_a_late_rise_is_none():
    assert loses(noisy(np.where(T < 90, 4.0, 2.5), 11), LEAST).verdict == "agrees"
    assert loses(noisy(np.where(T < 90, 2.5, 4.0), 12), LEAST).verdict == "disagrees"


def test_12_one_of_twenty_refutes_all_and_confirms_nothing():
    flags = np.arange(20) > 0
    assert always(flags).verdict == "disagrees"
    assert most(flags).verdict == "agrees"
    assert sometimes(~flags).verdict == "undecided"


def test_13_copies_of_one_network_are_one():
    assert rises(np.full(20, 0.107)).verdict == "undecided"


def test_14_three_estimators_that_are_equal():
    """The better of the two others is better than a third; two tests are not misled."""
    from ib_mlflow.studies.judging import all_hold

    generator, better, both = np.random.default_rng(14), 0, 0
    for _ in range(200):
        errors = np.abs(generator.normal(size=(3, 10)))
        better += rises(np.minimum(errors[1], errors[2]) - errors[0]).verdict == "disagrees"
        both += (
            all_hold([rises(errors[1] - errors[0]), rises(errors[2] - errors[0])]).verdict
            != "undecided"
        )
    assert better > 30
    assert both <= 20, "two one-sided twentieths, and three standard deviations"


def test_15_an_unknown_network_keeps_a_slim_majority_open():
    assert most([1.0] * 9 + [0.0]).verdict == "agrees"
    assert most([1.0] * 9 + [0.0, np.nan]).verdict == "undecided"


def test_16_a_tenth_of_stuck_networks_hides_no_effect():
    lost = np.random.default_rng(16).normal(3.5, 0.3, 20)
    lost[:2] = 0.0
    assert most_beyond(lost, LEAST).verdict == "agrees"


def test_17_losses_that_rise_late_with_some_without_limit_rise():
    losses = noisy(np.interp(T, [0, 12, 100], [0.7, 0.3, 0.6]), 17, 0.02, members=10)
    losses[:3, 80:] = np.nan
    assert ends_higher(losses, 12).verdict == "agrees"


def test_18_a_common_course_with_little_of_their_own_refutes_no_correlation():
    """Within each network r is 0.999, of which taking off the common hump leaves noise."""
    hump = 4 * np.exp(-(((T - 40) / 20) ** 2))
    first = noisy(hump, 18, 0.02)
    second = 0.9 * first + noisy(0 * T, 19, 0.02)
    assert min(np.corrcoef(*pair)[0, 1] for pair in zip(first, second, strict=True)) > 0.999
    assert highly_correlated(first, second).verdict == "undecided"
    assert highly_correlated(first, noisy(0 * T, 20)).verdict == "disagrees"


def test_19_rounding_lies_on_neither_side_of_a_threshold():
    rounding = np.array([1e-17, -1e-17, 2e-16, 0.0, 1e-12, 3e-17])
    for numbers, threshold in ((rounding, 0.0), (0.3 + rounding, 0.3), (1e6 * (1 + rounding), 1e6)):
        assert most_beyond(numbers, threshold).verdict != "agrees"
        assert most_within(numbers, threshold).verdict != "disagrees"
    assert most_beyond(np.full(6, 1e-6), 0.0).verdict == "agrees"
    assert most_beyond([np.inf] * 6, 0.0).verdict == "undecided", "they diverged"


def test_20_an_infinite_information_is_a_lost_network():
    for curve in ([0, np.inf, 0], [np.inf, 2, 1], [0.0, 2, np.inf], [0, -np.inf, 1]):
        lost = np.tile(curve, (6, 1))
        for judge in (loses, keeps_up, gains_and_loses):
            assert judge(lost, LEAST).verdict == "undecided"
    fall = noisy(np.interp(T, [0, 20, 60], [0, 4, 3]), 21, 0.05)
    assert loses(fall, LEAST).verdict == gains_and_loses(fall, LEAST).verdict == "agrees"
    fall[:6, 50] = np.inf
    assert loses(fall, LEAST).verdict == gains_and_loses(fall, LEAST).verdict == "undecided"


def test_21_a_peak_at_one_measured_epoch_is_no_flat_curve():
    curves = noisy(3 + 0 * T, 22, 0.01, members=6)
    curves[:, 30] += 1.5
    assert loses(curves, LEAST).verdict == keeps_up(curves, LEAST).verdict == "undecided"
    flat = noisy(3 + 0 * T, 22, 0.01, members=6)
    assert loses(flat, LEAST).verdict == "disagrees"
    assert keeps_up(flat, LEAST).verdict == "agrees"
