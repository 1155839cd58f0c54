"""The claims about drift and diffusion, on paths whose answer is known."""

import numpy as np
import pytest

from ib_mlflow.trajectory import signal_to_noise, steepest_falls
from ib_mlflow.units import text_of
from projects.phases import phase_claims as claims
from projects.phases.guarded_phases import CLAIMS
from projects.phases.phase_readings import Path
from projects.phases.phase_reporting import turning_table

SEEDS = 12
SHIFT = np.linspace(0, 0.2, SEEDS)[:, None]
AT = np.array([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], float)
LEARNT = np.interp(AT, [0, 16, 1024], [0.7, 0.1, 0.08])


@pytest.fixture
def path(plane, group, gradients):
    """The last hidden layer, from its curves and the epoch at which its SNR falls."""

    def build(i_x, *, fall=16, losses=LEARNT, accuracies=None, lost=()):
        curves = np.asarray(i_x, float) + SHIFT if np.ndim(i_x) == 1 else np.asarray(i_x, float)
        curves = curves.copy()
        curves[list(lost)] = np.nan
        rows = {
            name: None if of is None else np.outer(1 + SHIFT / 100, of)
            for name, of in (("losses", losses), ("accuracies", accuracies))
        }
        table = gradients([fall] * SEEDS)
        own = group("networks", plane(curves, **rows), gradients=table)
        return Path(own, 2, signal_to_noise(table), steepest_falls(table))

    return build


def to(peak, last=1.0):
    """A curve that rises from 2 to 5 nats at an epoch, and falls to the last value."""
    return np.interp(AT, [0, peak, 1024], [2, 5, last])


@pytest.mark.parametrize(
    ("judge", "i_x", "verdict"),
    [
        (claims.fits, to(16), "agrees"),
        (claims.fits, np.linspace(5, 1, 12), "disagrees"),
        (claims.is_fast, to(16), "agrees"),
        (claims.is_fast, to(512), "disagrees"),
        (claims.is_fast, np.linspace(1, 5, 12), "disagrees"),
        (claims.compresses, to(16), "agrees"),
        (claims.compresses, to(16, last=4.9), "disagrees"),
        (claims.compresses, np.linspace(1, 5, 12), "disagrees"),
        (claims.follows_the_average, to(16), "agrees"),
        # I(T;Y) is a twentieth of I(X;T) here, and falls with it.
        (claims.keeps_the_label, to(16), "disagrees"),
        (claims.keeps_the_label, to(16, last=4.5), "agrees"),
        (claims.risk_is_constant, to(16), "agrees"),
        (claims.risk_is_constant, to(2), "disagrees"),
    ],
)
def test_a_claim_holds_or_not(path, judge, i_x, verdict):
    judged = judge(path(i_x))
    assert judged.verdict == verdict
    assert "nan" not in text_of(judged.words, "nats")


def test_paths_that_have_nothing_in_common_are_not_similar(path):
    noise = np.random.default_rng(0).normal(4, 0.5, (SEEDS, AT.size))
    assert claims.follows_the_average(path(noise)).verdict == "disagrees"


@pytest.mark.parametrize(
    ("accuracies", "verdict"),
    [
        (np.interp(AT, [0, 1024], [0.5, 0.9]), "agrees"),
        (np.interp(AT, [0, 16, 1024], [0.5, 0.9, 0.8]), "disagrees"),
        (np.full(12, 0.9), "undecided"),
    ],
)
def test_diffusion_generalises_where_the_accuracy_rises(path, accuracies, verdict):
    assert claims.generalises(path(to(16), accuracies=accuracies)).verdict == verdict


@pytest.mark.parametrize(("fall", "verdict"), [(16, "agrees"), (2000, "undecided")])
def test_drift_has_the_higher_ratio(path, fall, verdict):
    judged = claims.drifts_then_diffuses(path(to(16), fall=fall))
    assert judged.verdict == verdict


EVERY = [
    claims.follows_the_average,
    claims.fits,
    claims.is_fast,
    claims.compresses,
    claims.keeps_the_label,
    claims.risk_is_constant,
    claims.generalises,
    claims.drifts_then_diffuses,
]


@pytest.mark.parametrize("judge", EVERY)
def test_nothing_is_judged_near_to_ln_n(path, judge):
    judged = judge(path(to(16) + 2.85, accuracies=LEARNT))
    assert judged.verdict == "undecided"
    assert "Nothing is judged of 12 networks: 12 within 2 % of ln n" in text_of(
        judged.words, "nats"
    )


@pytest.mark.parametrize("judge", EVERY)
def test_members_that_diverged_count_against_either_verdict(path, judge):
    judged = judge(path(to(16), accuracies=1 - LEARNT, lost=(3,)))
    assert "1 of 12 diverged, counted against either" in text_of(judged.words)
    many = judge(path(to(16), accuracies=1 - LEARNT, lost=(0, 3, 5, 7)))
    assert many.verdict == "undecided"
    assert judged.verdict == judge(path(to(16), accuracies=1 - LEARNT)).verdict
    assert "nan" not in text_of(judged.words, "nats")


@pytest.mark.parametrize("judge", EVERY)
def test_all_that_diverged_decide_nothing(path, judge):
    lost = path(to(16), accuracies=LEARNT, lost=range(SEEDS))
    assert judge(lost).verdict == "undecided"


@pytest.mark.parametrize("judge", [claims.keeps_the_label, claims.risk_is_constant])
def test_without_a_turn_there_is_no_second_phase(path, judge):
    judged = judge(path(np.linspace(1, 5, 12)))
    assert judged.verdict == "undecided"
    assert "12 without a turn" in text_of(judged.words, "nats")


def test_turning_points_stand_side_by_side_by_network(path):
    points = path(to(16), fall=8).turning_points
    assert len(points) == SEEDS
    assert set(points["peak"]) == {16}
    assert set(points["fall"]) == {8}
    assert points["judged"].all()


def test_turning_points_that_were_not_seen_lie_beyond_training(path):
    late = path(np.linspace(1, 4, 12), fall=1024)
    points = late.turning_points
    assert (points[["peak", "fall"]] == 1024).all(axis=None)
    assert not points[["peak_seen", "fall_seen"]].any(axis=None)
    assert points["judged"].all()
    [row] = turning_table([late]).rows
    assert [row[1], row[3], row[5]] == ["beyond training"] * 3
    only_falls = path(np.linspace(5, 1, 12)).turning_points
    assert only_falls["peak_seen"].all()
    assert set(only_falls["peak"]) == {0}


@pytest.mark.parametrize("judge", [claims.fits, claims.keeps_the_label])
def test_a_bound_that_says_nothing_of_the_label_is_not_judged(path, judge):
    of = path(to(16))
    of.plane.frame["kind"] = "lower"
    of.plane.frame["i_y"] = 0.0
    judged = judge(of)
    assert judged.verdict == "undecided"
    assert f"{SEEDS} whose bound on I(T;Y) says nothing" in text_of(judged.words, "nats")


LEARNS = np.interp(AT, [0, 16, 64, 1024], [0.5, 0.8, 0.95, 0.95])
GUARDED = {claim.words.split("}, layer {of.layer}: ")[-1]: claim.judge for claim in CLAIMS}
DRIFT = "drift has a high SNR, diffusion a low one"
SECOND = [
    (words, judge)
    for words, judge in {
        "the first phase is fast": claims.is_fast,
        "second phase: and ΔI(T;Y) ≥ 0": claims.keeps_the_label,
        "second phase: empirical risk ≈ constant": claims.risk_is_constant,
        "the second phase is responsible for generalisation: validation accuracy rises": (
            claims.generalises
        ),
        DRIFT: claims.drifts_then_diffuses,
    }.items()
]


@pytest.mark.parametrize(("words", "judge"), SECOND)
def test_without_compression_nothing_is_said_of_a_second_phase(path, words, judge):
    """0.3 nats are lost since the peak, less than a twentieth of 8."""
    of = path(to(16, last=4.7), accuracies=LEARNS)
    assert judge(of).verdict == "agrees"
    judged = GUARDED[words](of)
    assert judged.verdict == "undecided"
    assert "No second phase is seen" in text_of(judged.words)


FALLEN = np.interp(AT, [0, 16, 256, 1024], [2, 5, 1, 1])


@pytest.mark.parametrize(("words", "judge"), SECOND)
def test_a_training_that_went_through_both_phases_is_judged(path, words, judge):
    of = path(FALLEN, accuracies=LEARNS)
    judged = GUARDED[words](of)
    assert judged.verdict == judge(of).verdict != "undecided"


@pytest.mark.parametrize(("rests", "verdict"), [(True, "disagrees"), (False, "undecided")])
def test_paths_may_still_become_alike(path, rests, verdict):
    noise = np.random.default_rng(0).normal(4, 0.5, (SEEDS, AT.size))
    if rests:
        noise[:, -3:] = noise[:, -3:-2]
    of = path(noise)
    assert claims.follows_the_average(of).verdict == "disagrees"
    assert GUARDED["similar path for all initialisations"](of).verdict == verdict
