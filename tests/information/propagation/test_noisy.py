import math

import numpy as np
import pytest
from scipy.integrate import quad

from ib_mlflow.information import LayerInformation, noisy_information

RNG = np.random.default_rng(0)


def run(net, inputs, labels, *, seed=0, **settings):
    return dict(noisy_information(net, inputs, labels, beta=net.beta, seed=seed, **settings))


def agree(information, i_x, i_y):
    """The bounds hold, and the estimate errs by no more than they leave open."""
    for name, true in (("i_x", i_x), ("i_y", i_y)):
        value, error = float(getattr(information, name)), float(getattr(information, f"{name}_se"))
        lower, below = (
            float(information.diagnostics[f"{name}_{part}"]) for part in ("lower", "lower_se")
        )
        allowed = float(information.diagnostics["certificate"]) + 1e-9
        assert lower - 4 * below - allowed <= true <= value + 4 * error + allowed


@pytest.mark.parametrize("beta", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("gain", [0.3, 1.0, 4.0])
def test_a_chain_of_single_neurons_by_quadrature(truth, gain, beta):
    inputs, labels = np.array([[-3.0], [-1.0], [1.0], [3.0]]), [0, 0, 0, 1]
    net = truth["net"]([[[gain]], [[1.5]]], [np.array([-gain]), np.array([0.2])], beta=beta)
    layers = run(net, inputs, labels, repeats=1000)
    for layer, information in layers.items():
        agree(information, *truth["line"](net, inputs, labels, layer))
        assert information.reliable


def test_binary_input_over_gaussian_noise(truth):
    """The capacity of the channel of +1 and -1, from the density of its log-likelihood ratio."""
    for beta in (0.5, 0.8, 1.5):
        net = truth["net"]([[[1.0]]], beta=beta, activation=lambda x: x)
        (information,) = run(net, [[-1.0], [1.0]], [0, 1]).values()
        snr = 2 / beta**2

        def lost(ratio, snr=snr):
            density = math.exp(-((ratio - snr) ** 2) / (4 * snr)) / math.sqrt(4 * math.pi * snr)
            return density * np.logaddexp(0, -ratio)

        known = math.log(2) - quad(lost, -60, 60 + 2 * snr, limit=400)[0]
        agree(information, known, known)


def test_a_linear_network_is_a_mixture_of_equal_gaussians(truth):
    inputs, labels = RNG.normal(size=(6, 2)), np.array([0, 0, 1, 1, 2, 2])
    weights = [RNG.normal(size=(2, 2)), RNG.normal(size=(2, 2))]
    net = truth["net"](weights, beta=0.4, activation=lambda x: x)
    layers = run(net, inputs, labels, repeats=1000)
    agree(layers[1], *truth["plane"](inputs @ weights[0] / 0.4, labels))
    # T2 = W2'(W1'x + beta Z1) + beta Z2: whitening it leaves unit noise and the same information.
    covariance = 0.4**2 * (np.eye(2) + weights[1].T @ weights[1])
    white = inputs @ weights[0] @ weights[1] @ np.linalg.inv(np.linalg.cholesky(covariance)).T
    agree(layers[2], *truth["plane"](white, labels))
    assert layers[2].reliable


def test_far_apart_inputs_are_all_known(truth):
    inputs, labels = 100.0 * np.arange(8)[:, None], np.arange(8) // 2
    net = truth["net"]([[[1.0]], [[0.9]]], beta=0.1, activation=lambda x: x)
    for information in run(net, inputs, labels).values():
        agree(information, math.log(8), math.log(4))
        assert information.saturated


@pytest.mark.parametrize(("d", "repeats"), [(1500, 100), (12_544, 12)])
def test_wide_layers_that_are_lines_know_what_a_neuron_does(truth, d, repeats):
    inputs, labels = np.array([[-1.0], [-0.2], [1.0]]), [0, 0, 1]
    line = np.full((1, d), d**-0.5)
    linear = {"beta": 0.6, "activation": lambda x: x}
    wide = truth["net"]([line, line.T @ line], **linear)
    narrow = truth["net"]([[[1.0]], [[1.0]]], **linear)
    layers = run(wide, inputs, labels, repeats=repeats, n_queries=300)
    for layer, information in layers.items():
        agree(information, *truth["line"](narrow, inputs, labels, layer))
        assert information.i_x_se < 0.2  # the same as of one unit


def test_wide_layers_far_apart_are_all_known(truth):
    net = truth["net"]([np.eye(5, 3000), np.eye(3000)], beta=0.02, activation=lambda x: x)
    for information in run(net, np.eye(5), [0, 0, 1, 1, 1], repeats=4, n_queries=200).values():
        assert float(information.i_x) == pytest.approx(math.log(5), abs=1e-6)
        assert information.i_x_se < 0.01
    # Each propagation is alone in so many dimensions, and what it tells of others is little.
    assert information.diagnostics["i_x_lower_se"] > 1


def test_a_constant_layer_knows_nothing(truth):
    net = truth["net"]([np.zeros((3, 4)), np.zeros((4, 2))], beta=0.1)
    for information in run(net, RNG.normal(size=(20, 3)), np.arange(20) % 3).values():
        assert float(information.i_x) == pytest.approx(0, abs=4 * float(information.i_x_se) + 1e-9)
        assert float(information.i_y) == pytest.approx(0, abs=4 * float(information.i_y_se) + 1e-9)
        assert not information.saturated


@pytest.fixture(scope="module")
def measured(small):
    """A network of three hidden layers, twelve inputs of three labels, and two values of beta."""
    net, inputs, labels = small
    betas = np.array([0.2, 0.8])

    def propagate(inputs, *, seed, repeats=1):
        both = zip(*(net(beta)(inputs, seed=seed, repeats=repeats) for beta in betas), strict=True)
        for (layer, quiet), (_, loud) in both:
            yield layer, np.stack([quiet, loud])

    return dict(noisy_information(propagate, inputs, labels, beta=betas, seed=1, repeats=200))


def test_information_lies_between_nothing_and_all(measured):
    for information in measured.values():
        for value, error, most in (
            (information.i_x, information.i_x_se, math.log(12)),
            (information.i_y, information.i_y_se, math.log(3)),
        ):
            assert (value >= -4 * error).all()
            assert (value <= most + 4 * error).all()
        assert (
            information.i_y
            <= information.i_x + 4 * np.hypot(information.i_x_se, information.i_y_se)
        ).all()


def test_deeper_layers_know_no_more(measured):
    for above, below in ((2, 1), (3, 2)):
        for name in ("i_x", "i_y"):
            upper = getattr(measured[below], name)
            lower = measured[above].diagnostics[f"{name}_lower"]
            errors = (
                measured[above].diagnostics[f"{name}_lower_se"],
                getattr(measured[below], f"{name}_se"),
            )
            assert (lower <= upper + 5 * np.hypot(*errors)).all()


def test_more_noise_leaves_less(measured):
    for information in measured.values():
        for name in ("i_x", "i_y"):
            assert getattr(information, name)[1] < getattr(information, name)[0]


def test_halves_and_guarantees_are_reported(measured):
    for layer, information in measured.items():
        assert information.n == 12 * (200 if layer > 1 else 1)
        assert set(information.diagnostics) == {
            *(
                f"{name}_{part}"
                for name in ("i_x", "i_y")
                for part in ("bias", "half", "lower", "lower_se")
            ),
            *("certificate", "entropy", "repeats", "risk", "bias_floor", "monte_carlo"),
        }
        assert all(value.shape == (2,) for value in information.diagnostics.values())
        assert (information.i_x_se < information.diagnostics["monte_carlo"] * 2).all()
    assert (measured[1].diagnostics["i_x_half"] == measured[1].i_x).all()
    assert (measured[2].diagnostics["i_x_half"] != measured[2].i_x).all()
    # With fewer propagations the value is higher on average.
    over = measured[3].diagnostics["i_x_half"] - measured[3].i_x
    assert (over > -4 * measured[3].i_x_se).all()


def test_a_member_does_not_depend_on_its_place(small):
    net, inputs, labels = small
    alone = run(net(0.3), inputs, labels, repeats=8)

    def stacked(inputs, *, seed, repeats=1):
        for layer, rows in net(0.3)(inputs, seed=seed, repeats=repeats):
            yield layer, rows[None, None]

    batched = dict(noisy_information(stacked, inputs, labels, beta=0.3, seed=0, repeats=8))
    for layer, information in alone.items():
        assert isinstance(information, LayerInformation)
        assert batched[layer].i_x.shape == (1, 1)
        assert batched[layer].i_x.item() == information.i_x.item()
        i_x, i_y = information.estimates()
        assert (float(i_x), i_y.standard_error) == (
            information.i_x.item(),
            information.i_y_se.item(),
        )
        assert i_x.diagnostics["i_x_half"] == information.diagnostics["i_x_half"].item()


def test_noise_may_be_large_and_what_rounds_it_away_is_not_believed(truth):
    for beta, most in ((1e90, 0.0), (1e-10, math.log(2)), (1e-60, None)):
        net = truth["net"]([np.eye(2), np.eye(2)], beta=beta)
        for information in run(net, [[0.0, 1.0], [1.0, 0.0]], [0, 1], repeats=8).values():
            if most is None:
                assert information.diagnostics["certificate"] > 1
                assert not information.reliable
            else:
                allowed = 4 * float(information.i_x_se) + 1e-5
                assert float(information.i_x) == pytest.approx(most, abs=allowed)


@pytest.mark.parametrize("beta", [0.25, 10**-0.5, 0.4])
def test_rare_overlaps_of_the_first_layer_leave_no_error(truth, beta):
    net = truth["net"]([[[1.0]]], beta=beta, activation=lambda x: x)
    known = truth["line"](net, np.array([[-1.0], [1.0]]), [0, 1], 1)
    for seed in range(5):
        (information,) = run(net, [[-1.0], [1.0]], [0, 1], seed=seed, n_queries=2000).values()
        assert (information.i_x.item(), information.i_y.item()) == pytest.approx(known, abs=1e-9)


@pytest.mark.parametrize("repeats", [4, 16])
def test_large_errors_excuse_nothing(truth, small, repeats):
    """With 100 draws everything lies within the errors, and nothing is known for that."""
    net, inputs, labels = small
    for seed in range(6):
        layers = run(net(0.3), inputs, labels, seed=seed, repeats=repeats, n_queries=100)
        assert not layers[3].reliable


def test_few_propagations_are_not_reliable(truth):
    """Their standard error is itself too small, however well the inputs are told apart."""
    net = truth["net"]([[[1.0]], [[0.9]]], beta=0.1, activation=lambda x: x)
    inputs, labels = 5.0 * np.arange(4)[:, None], np.arange(4) // 2
    labels, inputs = np.tile(labels, 4), np.tile(inputs, (4, 1))
    for repeats, reliable in ((8, False), (64, True)):
        layers = run(net, inputs, labels, repeats=repeats)
        assert layers[1].reliable
        assert layers[2].reliable == reliable
