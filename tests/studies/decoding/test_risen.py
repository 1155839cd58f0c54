"""A decoder whose held-out loss has risen again: by epoch, in words, and in what is counted."""

from dataclasses import replace

import pytest
from channel import Channel

from ib_mlflow.studies.decoding.inverse import InverseCurve
from ib_mlflow.studies.decoding.layer_inversion import LayerInversion
from ib_mlflow.studies.running.fits import FittedNetwork
from ib_mlflow.training.fitting import Plan
from projects.resnet.images import ImageCurves, converged_of, decoder_flags
from projects.resnet.places import Place
from projects.resnet.way import ChosenWay, converged

LEAST = 0.1
PLAN = Plan(updates=2, batch_size=16, evaluate=1, least_fall=LEAST)
NOISE = {0: 0.9, 3: 0.2, 30: 0.5}
FLAT = {update: max(2.0, 5.0 - update / 10) for update in range(0, 101, 5)}
FALLING = {update: 50.0 - update / 10 for update in range(0, 101, 5)}
RISEN = {update: 2.0 + abs(update - 50) / 50 for update in range(0, 101, 5)}


@pytest.fixture
def curve_of(configuration):
    """Makes the curve of a layer whose decoders have had such losses, by epoch or in all."""
    channel = Channel(NOISE, n=40)
    inversion = LayerInversion("net", channel.parts, channel.contexts, configuration, PLAN)

    def build(*losses, way="scratch"):
        each = [FittedNetwork(None, {}, 100, 50, own) for own in losses]
        decoders = each * len(NOISE) if way == "amortised" else each
        by_epoch = dict(zip(NOISE, decoders, strict=True))
        return InverseCurve(replace(inversion, way=way), {}, by_epoch, {})

    return build


def test_it_has_diverged_and_not_converged_and_what_still_falls_has_done_neither(curve_of):
    curve = curve_of(FLAT, FALLING, RISEN)
    assert curve.converged == {0: True, 3: False, 30: False}
    assert curve.diverged == {0: False, 3: False, 30: True}
    assert decoder_flags(curve) == [True, False, False]
    assert not converged(curve)
    assert converged(curve_of(FLAT, FLAT, FLAT))
    assert not converged(curve_of(FLAT, FLAT, RISEN))


def test_an_amortised_decoder_counts_once(curve_of):
    curve = curve_of(RISEN, way="amortised")
    assert decoder_flags(curve) == [False]
    assert set(curve.diverged.values()) == {True}


def test_its_layer_names_it_and_the_others_do_not(curve_of):
    curves = {
        Place(3, "h2", 16): curve_of(FLAT, FLAT, RISEN),
        Place(3, "h3", 16): curve_of(FLAT, FALLING, FLAT),
        Place(4, "h3", 16): curve_of(RISEN, way="amortised"),
    }
    assert converged_of(curves, "h2", "h3") == (4, 7)
    assert converged_of(curves, "h2") == (2, 3)
    images = ImageCurves(tuple(NOISE), ("h2", "h3"), (16,), curves, ChosenWay("scratch"))
    assert images.diverged("h2") == ("of h2 of network 3, 16 filters, epoch 30",)
    assert images.diverged("h3") == ("of h3 of network 4, 16 filters, all epochs",)
