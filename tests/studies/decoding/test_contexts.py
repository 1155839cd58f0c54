import pickle

import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.pixelcnn import PixelCNN
from ib_mlflow.studies.decoding import contexts
from ib_mlflow.studies.decoding.configuration import new_decoder
from ib_mlflow.studies.decoding.contexts import (
    GivenContext,
    LabelContext,
    LayerContext,
    NoContext,
)


def test_a_layer_goes_to_another_process_and_stays_the_same(layer, digits):
    identity, shape = layer.identity, layer.shape
    there = pickle.loads(pickle.dumps(layer))
    assert (there.identity, there.shape, there.name) == (identity, shape, layer.name)
    images = digits.evaluation.inputs
    np.testing.assert_array_equal(there.outputs(images), layer.outputs(images))


def test_layers_are_told_from_one_another_by_name_and_weights(small_classifier):
    layers = [
        LayerContext(small_classifier(seed), name, "digits")
        for seed in (0, 1)
        for name in ("CONV1", "FC3")
    ]
    identities = [layer.identity for layer in layers]
    assert all(identities.count(identity) == 1 for identity in identities)
    again = LayerContext(small_classifier(0), "CONV1", "another name")
    assert again.identity == layers[0].identity


def test_outputs_are_those_of_the_layer_block_by_block(layer, digits, monkeypatch):
    images = digits.decoding.inputs[:50]
    with torch.no_grad():
        expected = layer.classifier.output_of("FC3", torch.tensor(images)).numpy()
    monkeypatch.setattr(contexts, "BLOCK", 20)
    blocks = list(layer.output_blocks(images))
    assert [block.shape for block in blocks] == [(20, 6), (20, 6), (10, 6)]
    np.testing.assert_allclose(np.concatenate(blocks), expected, atol=1e-6)
    np.testing.assert_array_equal(layer.outputs(images), np.concatenate(blocks))


def test_a_layer_of_maps_is_flat_where_distances_are_taken(small_classifier, digits):
    conv1 = LayerContext(small_classifier(), "CONV1", "digits")
    assert len(conv1.shape) == 3
    assert conv1.outputs(digits.evaluation.inputs).shape == (20, np.prod(conv1.shape))


@pytest.mark.parametrize("name", ["layer", "label", "nothing"])
def test_every_context_gives_log_probabilities_of_images(name, layer, digits, configuration):
    context = {"layer": layer, "label": LabelContext(10), "nothing": NoContext()}[name]
    decoder = new_decoder(digits, context, configuration)
    part = digits.evaluation
    terms = context.log_probabilities(decoder, part)
    pairs = context.pairs(part)
    with torch.no_grad():
        h = None if pairs.context is None else torch.as_tensor(pairs.context)
        if context.encode is not None:
            h = context.encode(torch.tensor(part.inputs))
        own = decoder.log_prob(torch.tensor(part.inputs), h).numpy()
    terms = terms[np.arange(part.n), part.labels] if name == "label" else terms
    np.testing.assert_allclose(terms, own, rtol=1e-4)


def test_the_label_is_tried_with_every_class(digits):
    decoder = PixelCNN(digits.shape, head="bernoulli", filters=4, blocks=1, levels=1, context=10)
    table = LabelContext(10).log_probabilities(decoder, digits.evaluation)
    assert table.shape == (20, 10)


def test_given_outputs_are_those_of_each_part(digits):
    generator = np.random.default_rng(0)
    outputs = {
        part.digest: generator.normal(size=(part.n, 3)).astype(np.float32)
        for part in (digits.decoding, digits.evaluation)
    }
    given = GivenContext("theirs", outputs)
    assert given.shape == (3,)
    pairs = given.pairs(digits.evaluation)
    assert pairs.images is digits.evaluation.inputs
    assert pairs.context is outputs[digits.evaluation.digest]
    changed = {part: array.copy() for part, array in outputs.items()}
    assert GivenContext("again", changed).identity == given.identity
    changed[digits.evaluation.digest][0, 0] += 1
    assert GivenContext("again", changed).identity != given.identity
    with pytest.raises(InvalidInputError, match=r"none of theirs for 50 images"):
        given.pairs(digits.validation)
