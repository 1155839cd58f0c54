from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from ib_mlflow.information import mixture_entropy_bounds
from ib_mlflow.information.exact.quadrature import gaussians
from ib_mlflow.trajectory import Trajectory
from projects.noise.minimal_examples.chains import Chain, ChainSnapshot
from projects.noise.minimal_examples.information import (
    EXACT,
    LOWER,
    UPPER,
    accuracy,
    behind_a_kink,
    exact_information,
    measure_chain,
)

TANH = Chain(
    "neuron", "tanh", (-3.0, -1.0, 1.0, 3.0), (-1.0, -1.0, -1.0, 1.0), ((0.7, -1.4),), 0.01, 0.05
)
PAIR = Chain(
    "pair",
    "leaky_relu",
    tuple(float(x) for x in range(1, 9)),
    (0.0,) * 4 + (0.25,) * 4,
    ((-0.3, 1.44), (-0.96, 0.1)),
    0.001,
    0.05,
)


@pytest.mark.parametrize("mean", [-3.0, -0.02, 0.0, 0.1, 2.0])
@pytest.mark.parametrize(("deviation", "beta"), [(0.3, 0.1), (0.05, 0.2), (1.0, 0.01), (0.0, 0.1)])
def test_the_density_behind_a_kink_is_the_convolution(mean, deviation, beta):
    spread = np.hypot(deviation, beta)
    points = np.linspace(min(mean, mean / 10) - 4 * spread, max(mean, 0) + 4 * spread, 7)
    density = behind_a_kink(points, np.array([mean]), deviation, beta)[0]

    def integrand(u, point):
        bent = u if u > 0 else u / 10
        return gaussians([u], [mean], deviation)[0, 0] * gaussians([point], [bent], beta)[0, 0]

    for point, value in zip(points, density, strict=True):
        if deviation == 0:
            expected = gaussians([point], [max(mean, mean / 10)], beta)[0, 0]
        else:
            stops = np.sort([mean - 12 * deviation, 0.0, mean + 12 * deviation, point, 10 * point])
            stops = np.unique(np.clip(stops, mean - 12 * deviation, mean + 12 * deviation))
            expected = sum(
                quad(integrand, low, high, args=(point,), epsabs=1e-12, limit=400)[0]
                for low, high in pairwise(stops)
            )
        assert value == pytest.approx(expected, abs=1e-9, rel=1e-8)


@pytest.mark.parametrize("beta", [0.01, 0.05, 0.5])
def test_bounds_of_one_neuron_are_those_of_its_mixture(beta):
    chain = replace(TANH, beta=beta)
    exact = exact_information(chain, np.array(chain.initial))[1]
    centres = np.tanh(0.7 * np.array(chain.inputs) - 1.4)
    noise = 0.5 * np.log(2 * np.pi * np.e * beta**2)
    for bound, entropy in zip(
        (exact.i_x.lower, exact.i_x.upper), mixture_entropy_bounds(centres, beta=beta), strict=True
    ):
        assert bound == pytest.approx(entropy.value - noise, abs=1e-8)
    for bounded in (exact.i_x, exact.i_y):
        assert bounded.lower - 1e-12 <= bounded.point <= bounded.upper + 1e-12


@pytest.mark.parametrize("chain", [TANH, PAIR], ids=lambda chain: chain.name)
def test_with_little_noise_all_is_known_and_with_much_nothing(chain):
    for beta, share in ((1e-5, 1.0), (1e3, 0.0)):
        layers = exact_information(replace(chain, beta=beta), np.array(chain.initial))
        assert tuple(layers) == chain.layers
        for exact in layers.values():
            assert exact.i_x.point == pytest.approx(share * chain.guides.h_x, abs=1e-4)
            assert exact.i_y.point == pytest.approx(share * chain.guides.h_y, abs=1e-4)


def test_a_layer_tells_no_more_than_the_one_below():
    for beta in (0.01, 0.05, 0.2):
        layers = exact_information(replace(PAIR, beta=beta), np.array(PAIR.initial))
        assert layers[2].i_x.point < layers[1].i_x.point
        assert layers[2].i_y.point <= layers[1].i_y.point + 1e-12


@pytest.mark.parametrize("chain", [TANH, PAIR], ids=lambda chain: chain.name)
def test_sample_propagation_finds_the_exact_value(chain):
    snapshot = ChainSnapshot(3, np.array([chain.initial, chain.initial]))
    rows = measure_chain(chain, snapshot, repeats=128, n_queries=20_000)
    trajectory = Trajectory(rows, chain.guides)
    assert trajectory.layers == tuple(range(1, len(chain.initial) + 1))
    table = rows.set_index(["estimator", "layer", "member"]).sort_index()
    for layer in trajectory.layers:
        for quantity in ("i_x", "i_y"):
            exact = table.loc[(EXACT, layer), quantity]
            sampled = table.loc[("sp", layer), quantity]
            error = table.loc[("sp", layer), f"{quantity}_se"]
            assert (np.abs(sampled - exact) < 4.5 * error).all()
            assert (table.loc[(LOWER, layer), quantity] <= exact + 1e-12).all()
            assert (table.loc[(UPPER, layer), quantity] >= exact - 1e-12).all()
    assert set(rows["kind"]) == {"point", "lower", "upper"}
    assert rows["train_loss"].isna().all()


def test_every_number_stands_under_its_own_name():
    weights = np.array([PAIR.initial, [[0.1, 0.0], [1.0, 0.0]]])
    rows = measure_chain(PAIR, ChainSnapshot(7, weights), repeats=4, n_queries=100)
    assert (rows["epoch"] == 7).all()
    table = rows.set_index(["estimator", "layer", "member"])
    for member, network in enumerate(weights):
        (share,) = accuracy(PAIR, network[None])
        assert (rows[rows["member"] == member]["train_accuracy"] == share).all()
        for layer, exact in exact_information(PAIR, network).items():
            for estimator, kind in ((LOWER, "lower"), (EXACT, "point"), (UPPER, "upper")):
                row = table.loc[(estimator, layer, member)]
                assert row["kind"] == kind
                assert row["i_x"] == getattr(exact.i_x, kind)
                assert row["i_y"] == getattr(exact.i_y, kind)


def test_accuracy_counts_the_nearest_targets():
    weights = np.array([[[10.0, -20.0]], [[0.0, 0.0]], [[-10.0, 20.0]]])
    # A tie is taken for the first class; turned over, -3, -1 and 1 are taken for 3 and 3 for them.
    assert accuracy(TANH, weights).tolist() == [1.0, 0.75, 0.0]
