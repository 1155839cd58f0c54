import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from channel import Channel

from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.networks import ResNet
from ib_mlflow.studies.decoding.configuration import new_decoder
from ib_mlflow.studies.decoding.contexts import LayerContext, NoContext
from ib_mlflow.studies.decoding.inverse import inverse_curve
from ib_mlflow.studies.decoding.layer_inversion import WAYS, LayerInversion
from ib_mlflow.training.fitting import Plan

SHORT = Plan(updates=2, batch_size=16, evaluate=1, least_fall=0.1)
NOISE = {0: 0.9, 3: 0.2, 30: 0.5}


@pytest.fixture(scope="module")
def channel():
    return Channel(NOISE, n=40)


@pytest.fixture
def inversion(channel, configuration):
    return LayerInversion("net", channel.parts, channel.contexts, configuration, SHORT)


@pytest.fixture
def of_digits(digits, configuration):
    """h2 of three residual networks, which learn nothing."""
    networks = {
        epoch: ResNet(digits.shape, 10, widths=(3, 4), blocks=1, levels=2, seed=epoch).eval()
        for epoch in (0, 3, 30)
    }
    contexts = {epoch: LayerContext(each, "h2", "digits") for epoch, each in networks.items()}
    return LayerInversion("net", digits, contexts, configuration, SHORT)


def test_each_way_has_its_decoders_and_all_share_those_from_scratch(inversion, kept_jobs):
    curves = {
        way: inverse_curve(kept_jobs, replace(inversion, way=way))
        for way in ("amortised", "scratch", "warm")
    }
    names = [job.name for job in kept_jobs.jobs.values()]
    assert names == [
        "net h, 3 epochs, decoder",
        *(f"net h, epoch {epoch}, decoder" for epoch in NOISE),
        *(f"net h, epoch {epoch}, decoder, warm start" for epoch in (3, 30)),
    ]
    shown = [job.spec.parameters["decoders"] for job in kept_jobs.jobs.values()]
    assert shown == ["amortised", *["scratch"] * 3, *["warm"] * 2]
    assert {way: curve.updates for way, curve in curves.items()} == {
        "amortised": 2, "scratch": 6, "warm": 6,
    }  # fmt: skip
    part = inversion.parts.evaluation
    for way, curve in curves.items():
        assert curve.epochs == (0, 3, 30)
        for epoch in NOISE:
            own = curve.contexts[epoch].log_probabilities(curve.decoders[epoch].network, part)
            np.testing.assert_array_equal(curve.terms[epoch], own)
            assert curve.bound(epoch).value == pytest.approx(own.mean())
        change = curve.change(0, 30)
        paired = curve.terms[30] - curve.terms[0]
        assert change.value == pytest.approx(paired.mean())
        assert change.standard_error == pytest.approx(paired.std(ddof=1) / np.sqrt(part.n))
        assert change.diagnostics["bound"] is False
        assert curve.bound(30).kind == "lower"
        assert len({id(decoder) for decoder in curve.decoders.values()}) == (
            1 if way == "amortised" else 3
        )
    # Too few evaluations to tell: not converged, and said to be so.
    assert not any(curves["amortised"].converged.values())
    assert np.isnan(curves["scratch"].falls[3])


def test_layers_of_networks_are_inverted_and_drawn_from(of_digits, kept_jobs):
    for way in WAYS:
        curve = inverse_curve(kept_jobs, pickle.loads(pickle.dumps(replace(of_digits, way=way))))
        images = of_digits.parts.evaluation.inputs[:2]
        samples = curve.samples(3, images, 3, seed=1)
        assert samples.shape == (2, 3, *images.shape[1:])
        assert samples.dtype == np.uint8
        assert np.array_equal(samples, curve.samples(3, images, 3, seed=1))
        h = curve.contexts[3].encode(torch.tensor(images)).repeat_interleave(3, dim=0)
        expected = curve.decoders[3].network.sample(h, seed=1).numpy()
        assert np.array_equal(samples.reshape(expected.shape), expected)
    assert kept_jobs.named("net h2, epoch 3, decoder").spec.parameters["epoch"] == 3


def test_an_amortised_decoder_knows_the_statistics_of_every_epoch(of_digits):
    job = of_digits.amortised()
    network = job.network()
    images = torch.tensor(of_digits.parts.decoding.inputs[:1000])
    for number, context in enumerate(of_digits.contexts.values()):
        h = context.encode(images)
        torch.testing.assert_close(network.centre[number].flatten(), h.mean((0, 2, 3)))
        spread = h.std((0, 2, 3), correction=0)
        usual = 0.1 * spread.square().mean().sqrt()
        torch.testing.assert_close(network.spread[number].flatten(), spread.clamp(min=usual))
    other = {**of_digits.contexts, 30: replace(of_digits.contexts[30], name="h1")}
    with pytest.raises(InvalidInputError, match=r"at every epoch; received \(3, 8, 8\) and"):
        replace(of_digits, contexts=other).amortised()
    assert replace(job, name="another").identity == job.identity
    fewer = dict(list(of_digits.contexts.items())[:2])
    assert replace(job, contexts=fewer).identity != job.identity


def test_a_fit_that_was_interrupted_ends_with_the_same_bits(inversion, kept_jobs):
    job = inversion.amortised()
    whole = list(job.fits(job.network(), None))
    rest = list(job.fits(job.network(), whole[0].checkpoint()))
    assert [each.update for each in rest] == [1, 2]
    terms = [job.measure(fits[-1].model())["log_probabilities"] for fits in (whole, rest)]
    assert terms[0].shape == (3, 40)
    np.testing.assert_array_equal(terms[0], terms[1])


def test_what_cannot_be_is_refused_in_a_line(inversion, kept_jobs):
    curve = inverse_curve(kept_jobs, inversion)
    with pytest.raises(InvalidInputError, match=r"one of 0, 3, 30; received 5\. Did you mean 3\?"):
        curve.bound(5)
    with pytest.raises(InvalidInputError, match=r"received 31\. Did you mean 30\?"):
        curve.change(0, 31)
    with pytest.raises(InvalidInputError, match="contexts of h that are given"):
        curve.samples(3, inversion.parts.evaluation.inputs[:2], 2, seed=0)
    with pytest.raises(ConfigurationError, match=r"received amortized\. Did you mean amortised\?"):
        replace(inversion, way="amortized")
    with pytest.raises(InvalidInputError, match=r"in their order; received 30, 0"):
        replace(inversion, contexts={epoch: inversion.contexts[epoch] for epoch in (30, 0)})
    with pytest.raises(InvalidInputError, match="two epochs or more, in their order; received 3"):
        replace(inversion, contexts={3: inversion.contexts[3]})
    with pytest.raises(InvalidInputError, match="least_fall in nats"):
        replace(inversion, plan=Plan(updates=2))
    nothing = {0: NoContext(), 3: NoContext()}
    with pytest.raises(InvalidInputError, match="does not depend on the epoch"):
        replace(inversion, contexts=nothing).amortised()


SIDES = {32: (16, 32, 64), 16: (16, 32, 64)}


@pytest.mark.parametrize("layer", ["h1", "h2", "h3", "h4"])
@pytest.mark.parametrize("side", [32, 16])
def test_every_layer_of_the_paper_reaches_its_decoder(side, layer, blank, configuration):
    network = ResNet((3, side, side), 10, blocks=1).eval()
    expected = {
        "h1": (16, side, side),
        "h2": (32, side // 2, side // 2),
        "h3": (64, side // 4, side // 4),
        "h4": (64 * (side // 16) ** 2,),
    }
    context = LayerContext(network, layer, "colours")
    assert context.shape == expected[layer]
    parts = blank((3, side, side), 256)
    decoder = new_decoder(parts, context, configuration, conditioning="convolution")
    assert decoder.settings.levels == 3
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (2, 3, side, side), generator=generator, dtype=torch.uint8)
    h = context.encode(images).requires_grad_()
    decoder.initialise(images, h)
    decoder.eval().log_prob(images, h).sum().backward()
    # No place and no channel of the map is out of the decoder's reach.
    assert (h.grad.abs().flatten(1).sum(0) > 0).all()
