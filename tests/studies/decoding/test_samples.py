import pickle

import numpy as np
import pytest
import torch

from ib_mlflow.networks.images.reconstruction import Reconstruction
from ib_mlflow.studies.decoding.configuration import new_decoder
from ib_mlflow.studies.decoding.decoded import DecodedLayer, sample_images
from ib_mlflow.studies.decoding.samples import (
    LayerSampling,
    NearestSampling,
    ink_centres,
    nearest_samples,
    sample_grid,
    sample_layer,
)
from ib_mlflow.studies.running.fits import FittedNetwork


@pytest.fixture
def decoded(digits, layer, configuration):
    decoder = new_decoder(digits, layer, configuration)
    images = torch.tensor(digits.decoding.inputs[:50])
    decoder.initialise(images, layer.encode(images))
    return DecodedLayer(digits, layer, FittedNetwork(decoder, {}, 0, 0, {0: 1.0}), configuration)


@pytest.fixture
def sampling(decoded):
    network = Reconstruction(decoded.layer.shape, decoded.parts.shape, filters=4).eval()
    return LayerSampling(decoded, FittedNetwork(network, {}, 0, 0, {0: 1.0}), 5, 3)


def test_distances_are_those_of_the_layer(sampling, decoded, digits, kept_jobs):
    samples = sample_layer(kept_jobs, pickle.loads(pickle.dumps(sampling)))
    images = digits.evaluation.inputs[:5]
    images_of = sample_images(decoded, images, 3, seed=0)
    own, outputs = decoded.layer.outputs, decoded.layer.outputs(images)
    others = np.stack([np.abs(own(images_of[row]) - outputs[row]).mean(axis=1) for row in range(5)])
    training = np.abs(own(digits.encoding.inputs)[:, None] - outputs).mean(axis=2)
    np.testing.assert_allclose(samples.distances.sample, others[:, 0], rtol=1e-4)
    np.testing.assert_allclose(samples.distances.best, others.min(axis=1), rtol=1e-4)
    np.testing.assert_allclose(samples.distances.nearest, training.min(axis=0), rtol=1e-4)
    moved = ink_centres(images_of[:, 0]) - ink_centres(images)
    np.testing.assert_allclose(samples.moved, np.sqrt((moved**2).sum(axis=1)))
    assert samples.inputs.shape == (8, *digits.shape)
    assert samples.samples.shape == (8, 4, *digits.shape)
    assert samples.reconstructions.shape == (8, *digits.shape)
    assert kept_jobs.named("digits FC3 samples").spec.parameters["compared"] == 5


def test_no_more_images_are_compared_than_there_are(sampling, kept_jobs):
    more = LayerSampling(sampling.decoded, sampling.reconstruction, 1000, 1)
    assert sample_layer(kept_jobs, more).moved.shape == (20,)


def test_the_nearest_of_many_stand_beside_the_nearest_training_images(decoded, digits, kept_jobs):
    titles = nearest_samples(kept_jobs, NearestSampling(decoded, inputs=2, pool=6, nearest=3))
    assert {title: images.shape[:2] for title, images in titles.items()} == {
        "input": (2, 1),
        "nearest of 6 samples": (2, 3),
        "nearest training images": (2, 3),
    }
    own = decoded.layer.outputs
    for row, image in enumerate(digits.evaluation.inputs[:2]):
        target = own(image[None])
        for title in ("nearest of 6 samples", "nearest training images"):
            distances = np.abs(own(titles[title][row]) - target).mean(axis=1)
            assert (np.diff(distances) > -1e-6).all(), title
        training = np.abs(own(digits.encoding.inputs) - target).mean(axis=1)
        assert distances[0] == pytest.approx(training.min(), rel=1e-4)


def test_a_grid_has_the_inputs_and_each_layer_beside_its_mean(sampling, digits, kept_jobs):
    samples = sample_layer(kept_jobs, sampling)
    figure = sample_grid(digits, {"FC3": samples, "LOGITS": samples})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["input", "FC3", "FC3 MSE", "LOGITS", "LOGITS MSE"]


def test_ink_has_a_centre_and_an_empty_image_has_it_in_the_middle():
    images = np.zeros((3, 1, 5, 5), np.uint8)
    images[0, 0, 4, 1] = 7
    images[1, 0, 0, 0] = images[1, 0, 4, 4] = 3
    np.testing.assert_allclose(ink_centres(images), [[4, 1], [2, 2], [2, 2]], atol=1e-6)
