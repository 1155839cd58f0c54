import pickle

import numpy as np
import pytest
import torch

from ib_mlflow.studies.decoding import decoded as room
from ib_mlflow.studies.decoding.configuration import new_decoder
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.decoded import DecodedLayer, sample_images, scaled
from ib_mlflow.studies.running.fits import FittedNetwork


@pytest.fixture
def decoded(digits, layer, configuration):
    decoder = new_decoder(digits, layer, configuration)
    decoder.initialise(torch.tensor(digits.decoding.inputs[:50]), torch.zeros(50, 6))
    return DecodedLayer(digits, layer, FittedNetwork(decoder, {}, 0, 0, {0: 1.0}), configuration)


def test_images_are_drawn_for_each_input_from_its_own_context(decoded, digits, monkeypatch):
    images = digits.evaluation.inputs[:3]
    samples = sample_images(decoded, images, 2, seed=5)
    assert samples.shape == (3, 2, *digits.shape)
    contexts = decoded.layer.encode(torch.tensor(images))
    expected = decoded.decoder.network.sample(contexts.repeat_interleave(2, dim=0), seed=5)
    np.testing.assert_array_equal(samples.reshape(expected.shape), expected.numpy())
    # In parts each part has a seed of its own.
    monkeypatch.setattr(room, "TOGETHER", 4)
    parts = sample_images(decoded, images, 2, seed=5)
    again = decoded.decoder.network.sample(contexts[2:].repeat_interleave(2, dim=0), seed=9)
    np.testing.assert_array_equal(parts[2], again.numpy())


def test_what_is_drawn_is_identified_by_layer_and_decoder(decoded, small_classifier):
    there = pickle.loads(pickle.dumps(decoded))
    assert there.identity == decoded.identity
    other = LayerContext(small_classifier(1), "FC3", "digits")
    parts, configuration = decoded.parts, decoded.configuration
    assert DecodedLayer(parts, other, decoded.decoder, configuration).identity != decoded.identity
    fresh = FittedNetwork(new_decoder(parts, other, configuration), {}, 0, 0, {0: 1.0})
    assert DecodedLayer(parts, decoded.layer, fresh, configuration).identity != decoded.identity


def test_images_are_scaled_by_their_levels(blank):
    images = np.array([0, 1, 16], np.uint8)
    np.testing.assert_allclose(scaled(images, blank((1, 2, 2), 17)), [0, 1 / 16, 1])
