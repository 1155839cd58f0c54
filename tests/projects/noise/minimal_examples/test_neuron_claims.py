import numpy as np
import pytest

from ib_mlflow.units import text_of
from projects.noise.minimal_examples.examples import WeightSweep, tanh_neuron
from projects.noise.minimal_examples.information import EXACT
from projects.noise.minimal_examples.neuron_claims import (
    FOUR,
    LEVELS,
    THREE,
    TWO,
    counts_clusters,
    crossings,
    learns_the_bias,
    merges,
    merges_in_two_stages,
    moves_apart,
    only_increases,
)

EPOCHS = (0, 10, 100, 1000, 10_000)
MEMBERS = 12


@pytest.fixture
def neuron(trained_chain):
    """Networks that are alike but for a shift, with the weights at the end of training."""

    def make(curve, *, w=1.0, b=-2.3, beta=0.01):
        shift = np.linspace(0, 1e-3, MEMBERS)[:, None] * (np.asarray(curve) > 0)
        weights = np.tile([[[w, b]]], (MEMBERS, len(EPOCHS), 1, 1))
        curves = {(EXACT, 1): np.asarray(curve) + shift}
        return trained_chain(tanh_neuron(beta), EPOCHS, curves, weights=weights)

    return make


def test_levels_are_entropies_of_cluster_sizes():
    for sizes, level in (([1, 1, 1, 1], FOUR), ([2, 1, 1], THREE), ([3, 1], TWO)):
        shares = np.array(sizes) / 4
        assert level == pytest.approx(-(shares @ np.log(shares)))
    assert list(LEVELS.values()) == sorted(LEVELS.values(), reverse=True)


def test_a_crossing_comes_after_the_peak():
    epochs = np.array([0.0, 10, 100, 1000])
    curves = np.array([[0.0, 2, 1.6, 1], [2, 0, 2, 2], [0, 1, 2, 3]])
    # Half of the way is the geometric mean of the epochs next to it.
    lines = [100 * 10 ** (1 / 6), 10 ** (1 / 4) * 0.5 ** (3 / 4), np.inf]
    assert crossings(epochs, curves, 1.5) == pytest.approx(lines)


@pytest.mark.parametrize(
    ("curve", "verdict"),
    [
        ([0, FOUR, FOUR, THREE, TWO], "agrees"),
        ([0.1, FOUR, FOUR, THREE, TWO], "disagrees"),
        ([0, 1, 1, THREE, TWO], "disagrees"),
    ],
)
def test_gaussians_move_apart_from_nothing_to_four(neuron, curve, verdict):
    assert moves_apart(neuron(curve)).verdict == verdict


def test_clusters_merge_where_their_curve_falls_half_way(neuron):
    stages = neuron([0, FOUR, FOUR, THREE, TWO])
    # Half way between epochs 100 and 1000, and between 1000 and 10,000, in the logarithm.
    assert merges(FOUR, THREE, epoch=400)(stages).verdict == "agrees"
    assert merges(THREE, TWO, epoch=4e3)(stages).verdict == "agrees"
    assert merges(FOUR, THREE, epoch=4.5e3)(stages).verdict == "disagrees"
    # Training goes on to epoch 10,000: what is still to come at epoch 10,000 may come by 20,000.
    still = neuron([0, FOUR, FOUR, THREE, THREE])
    soon, never = (merges(THREE, TWO, epoch=epoch)(still) for epoch in (1e4, 1e2))
    assert (soon.verdict, never.verdict) == ("undecided", "disagrees")
    for judgement in (soon, never):
        assert "Not reached in 10,000 epochs." in text_of(judgement.words)
    assert "Training ended too soon to tell." in text_of(soon.words)


@pytest.mark.parametrize(("b", "verdict"), [(-2.25, "agrees"), (-1.9, "disagrees")])
def test_the_bias_is_judged_at_the_end(neuron, b, verdict):
    assert learns_the_bias(neuron([0, 1, 1, 1, 1], b=b)).verdict == verdict
    assert learns_the_bias(neuron([0, 1, 1, 1, 1], w=-2.0, b=-2 * b)).verdict == verdict


def test_a_bias_that_is_still_on_its_way_decides_nothing(trained_chain):
    epochs = (0, 400, 600, 800, 1000)
    weights = np.ones((MEMBERS, 5, 1, 2))
    weights[:, :, 0, 1] = [0, -0.9, -1.2, -1.5, -1.9]
    curves = {(EXACT, 1): np.tile([0, 1, 1, 1, 1.0], (MEMBERS, 1))}
    moving = learns_the_bias(trained_chain(tanh_neuron(0.01), epochs, curves, weights=weights))
    assert moving.verdict == "undecided"
    assert "only 0 of 12 networks have come to rest" in text_of(moving.words)
    weights[:, 2:, :, 1] = -1.9
    resting = learns_the_bias(trained_chain(tanh_neuron(0.01), epochs, curves, weights=weights))
    assert resting.verdict == "disagrees"


def test_clusters_are_counted_where_they_are_clear(neuron):
    # With w = 0.7 and b = -1.4 the centres are four, far from each other at little noise.
    four = neuron([FOUR] * 5, w=0.7, b=-1.4, beta=1e-4)
    assert counts_clusters(four).verdict == "agrees"
    three = neuron([FOUR, FOUR, FOUR, FOUR, THREE], w=0.7, b=-1.4, beta=1e-4)
    assert counts_clusters(three).verdict == "disagrees"
    # Nothing is counted where clusters overlap, and nothing is decided.
    overlapping = counts_clusters(neuron([9.0] * 5, w=0.7, b=-1.4, beta=0.1))
    assert overlapping.verdict == "undecided"
    assert "counted below 0.2164 bits" in text_of(counts_clusters(four).words, "bits")


def test_claims_about_the_noise_follow_the_curves():
    weights = np.linspace(0, 1, 5)
    stages = np.array([0, FOUR, THREE, TWO, TWO])
    rising = np.array([0, 0.1, 0.2, 0.3, 0.3])
    for curves, verdict in (
        ({0.01: stages, 0.5: rising}, "agrees"),
        # The smallest noise is found by its number, wherever it stands.
        ({0.5: rising, 0.01: stages}, "agrees"),
        ({0.01: rising, 0.5: stages}, "disagrees"),
    ):
        sweep = WeightSweep(weights, curves)
        assert merges_in_two_stages(sweep).verdict == verdict
        assert only_increases(sweep).verdict == verdict
    words = text_of(only_increases(WeightSweep(weights, {0.01: stages, 0.5: rising})).words, "bits")
    assert words.endswith("falls by 1.189 bits at β = 0.01, 0.000 bits at β = 0.5.")
