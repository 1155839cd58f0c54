from dataclasses import replace

import numpy as np
import pytest
from channel import Channel

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.decoding.ends import convergence_remarks
from ib_mlflow.studies.decoding.inverse import InverseCurve, inverse_curve
from ib_mlflow.studies.decoding.layer_inversion import LayerInversion
from ib_mlflow.studies.decoding.ways import (
    NO_BOUND,
    WayPrice,
    cheapest_way,
    largest_change,
    way_price,
)
from ib_mlflow.studies.running.fits import FittedNetwork
from ib_mlflow.training.fitting import Plan

SHORT = Plan(updates=2, batch_size=16, evaluate=1, least_fall=0.1)
N = 2000
FLAT = dict.fromkeys(range(0, 210, 10), 5.0)
FALLING = {update: 300.0 - update for update in range(0, 210, 10)}


@pytest.fixture(scope="module")
def small():
    return Channel({0: 0.9, 3: 0.2, 30: 0.5}, n=40)


@pytest.fixture
def priced(small, configuration):
    """Makes a price of curves with known means: a way that lies a bias above from scratch."""
    generator = np.random.default_rng(0)
    hardness = 20 * generator.normal(size=N)
    means = {0: -100.0, 3: -80.0, 30: -90.0}

    def build(way, bias, losses=FLAT, noise=0.2):
        inversion = LayerInversion("net", small.parts, small.contexts, configuration, SHORT, way)
        scratch = {
            epoch: mean + hardness + generator.normal(size=N) for epoch, mean in means.items()
        }
        cheap = {
            epoch: terms + bias + noise * generator.normal(size=N)
            for epoch, terms in scratch.items()
        }
        ends = {epoch: scratch[epoch] for epoch in (0, 30)}
        fitted = FittedNetwork(None, {}, max(losses), max(losses), losses)
        return WayPrice(
            InverseCurve(inversion, cheap, dict.fromkeys(cheap, fitted), small.contexts),
            InverseCurve(
                replace(inversion, way="scratch"), ends,
                {epoch: replace(fitted) for epoch in ends}, small.contexts,
            ),
        )  # fmt: skip

    return build


def test_a_price_is_taken_image_by_image(priced):
    price = priced("amortised", -1.5)
    assert list(price.biases) == [0, 30]
    for bias in price.biases.values():
        # Hard images are hard for both: the error is that of the noise between them alone.
        assert abs(bias.value + 1.5) < 4 * bias.standard_error
        assert bias.standard_error == pytest.approx(0.2 / np.sqrt(N), rel=0.1)
    assert abs(price.bias_of_change.value) < 4 * price.bias_of_change.standard_error
    change = price.largest_change
    assert abs(change.value - 20) < 4 * change.standard_error
    assert price.share.value == pytest.approx(1.5 / 20, abs=0.01)
    assert price.share.value < price.share.high < 0.09
    assert price.cheap
    assert not priced("amortised", -2.5).cheap
    assert not priced("amortised", 2.5).cheap


def test_the_cheapest_way_that_is_surely_cheap_enough_is_the_default(priced):
    way, words = cheapest_way([priced("amortised", -1.0), priced("warm", -0.1)])
    assert way == "amortised"
    assert "below 10% of the largest change" in words
    assert words.endswith(NO_BOUND)
    assert "at epoch 0 -1." in words or "at epoch 0 -0.9" in words
    assert cheapest_way([priced("amortised", -3.0), priced("warm", -0.1)])[0] == "warm"
    assert cheapest_way([priced("amortised", -3.0), priced("warm", 4.0)])[0] == "scratch"
    # One layer for which it is not cheap is enough, and no measurement is no licence.
    assert cheapest_way([priced("amortised", -1.0), priced("amortised", -3.0)])[0] == "scratch"
    assert cheapest_way([])[0] == "scratch"
    # Just below a tenth, with an interval beyond it.
    assert cheapest_way([priced("amortised", -1.9, noise=20.0)])[0] == "scratch"


def test_what_has_not_converged_is_no_licence_and_is_said(priced):
    price = priced("amortised", -0.1, losses=FALLING)
    assert not price.converged
    way, words = cheapest_way([price])
    assert way == "scratch"
    assert "not all of the decoders compared have converged" in words
    (remark,) = convergence_remarks(price.curve)
    assert "net h, epochs 0, 3, 30: the decoder has NOT converged within the cap" in remark
    assert "last tenth of 200 updates the held-out loss fell by 30.000 nats" in remark
    assert len(convergence_remarks(price.scratch)) == 2
    (remark,) = convergence_remarks(priced("amortised", 0.0).curve)
    assert "has converged: over the last tenth" in remark


def test_the_largest_change_is_not_flattered_by_its_choice():
    generator = np.random.default_rng(1)
    changes = [largest_change(generator.normal(size=(8, 50))) for _ in range(400)]
    values = np.array([change.value for change in changes])
    # Nothing changes: on average none is measured, though the largest of 8 means is picked.
    assert abs(values.mean()) < 4 * values.std(ddof=1) / np.sqrt(len(values))
    naive = generator.normal(size=(8, 50)).mean(axis=1)
    assert np.ptp(naive) > 4 * values.std(ddof=1) / np.sqrt(len(values))
    with pytest.raises(InvalidInputError, match="two epochs and four images"):
        largest_change(np.zeros((1, 50)))


def test_a_change_that_cannot_be_told_from_none_gives_no_limit(priced):
    price = priced("amortised", -0.1)
    half = np.arange(N) // 2 % 2 - 0.5  # what one half of the images calls a rise, the other does
    flat = {0: price.curve.terms[0], 3: price.curve.terms[0] + half, 30: price.curve.terms[0]}
    price = replace(price, curve=replace(price.curve, terms=flat))
    assert price.share.high == np.inf
    assert not price.cheap
    assert "with no limit" in cheapest_way([price])[1]


def test_a_price_reads_the_decoders_that_are_there(small, configuration, kept_jobs):
    inversion = LayerInversion("net", small.parts, small.contexts, configuration, SHORT)
    price = way_price(kept_jobs, inversion)
    assert list(price.biases) == [0, 3, 30]
    count = len(kept_jobs.jobs)
    assert count == 4
    assert list(way_price(kept_jobs, inversion, (3, 30)).biases) == [3, 30]
    assert len(kept_jobs.jobs) == count
    assert not price.cheap
    with pytest.raises(InvalidInputError, match=r"among 0, 3, 30; received 4\. Did you mean 3\?"):
        way_price(kept_jobs, inversion, (0, 4))
    with pytest.raises(InvalidInputError, match="two different epochs"):
        way_price(kept_jobs, inversion, (3, 3))
    with pytest.raises(InvalidInputError, match="of a cheap way; received scratch"):
        way_price(kept_jobs, replace(inversion, way="scratch"))


BIAS = 0.1
"""Nats that a decoder of so few updates may lie below the known law."""


@pytest.mark.slow
def test_all_ways_recover_a_known_information(configuration, kept_jobs):
    """A layer that is noisier at some epochs: what it knows of the images is known exactly."""
    channel = Channel({0: 0.9, 3: 0.2, 30: 0.5}, n=4000)
    plan = Plan(
        updates=3000, batch_size=64, learning_rate=3e-3, evaluate=50, average=0.99, least_fall=0.01
    )
    wide = configuration.model_copy(update={"filters": 12})
    inversion = LayerInversion("net", channel.parts, channel.contexts, wide, plan)
    curves = {
        way: inverse_curve(kept_jobs, replace(inversion, way=way))
        for way in ("scratch", "amortised", "warm")
    }
    for curve in curves.values():
        assert all(curve.converged.values())
        for epoch, truth in channel.truths.items():
            gap = curve.terms[epoch] - truth
            error = gap.std(ddof=1) / np.sqrt(len(gap))
            # A bound lies below, and by little.
            assert gap.mean() < 4 * error
            assert gap.mean() > -4 * error - BIAS
        for before, after in ((0, 30), (30, 3)):
            change = curve.change(before, after)
            known = (channel.truths[after] - channel.truths[before]).mean()
            assert change.value > 4 * change.standard_error
            assert abs(change.value - known) < 4 * change.standard_error + BIAS
    for way in ("amortised", "warm"):
        for epoch, terms in curves["scratch"].terms.items():
            paired = curves[way].terms[epoch] - terms
            error = paired.std(ddof=1) / np.sqrt(len(paired))
            assert abs(paired.mean()) < 4 * error + BIAS
