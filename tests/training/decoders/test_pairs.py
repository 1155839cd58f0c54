import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.training.decoders.pairs import Pairs, context_of, fingerprint

IMAGES = np.zeros((5, 1, 4, 4), np.uint8)


def test_arrays_are_those_there_are():
    assert [len(array) for array in Pairs(IMAGES).arrays] == [5]
    images, context = Pairs(IMAGES, np.arange(5)).arrays
    assert images is IMAGES
    assert list(context) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("images", "context", "message"),
    [
        (IMAGES.astype(np.float32), None, "images must be uint8 of shape"),
        (IMAGES[0], None, "images must be uint8 of shape"),
        (IMAGES[:0], None, "images must be uint8 of shape"),
        (torch.zeros(5, 1, 4, 4, device="meta"), None, "readable as an array on the CPU"),
        (IMAGES, np.arange(4), "one context for each image"),
        (IMAGES, 3.0, "one context for each image"),
    ],
)
def test_what_makes_no_pairs_is_refused(images, context, message):
    with pytest.raises(InvalidInputError, match=message):
        Pairs(images, context)


def test_a_context_is_as_given_or_encoded_from_itself_or_from_the_images():
    images, context = torch.full((2, 3), 4.0), torch.full((2, 3), 9.0)
    assert context_of(None, images) is None
    assert context_of(None, images, context) is context
    assert torch.equal(context_of(torch.sqrt, images), torch.full((2, 3), 2.0))
    assert torch.equal(context_of(torch.sqrt, images, context), torch.full((2, 3), 3.0))


def test_a_context_is_of_full_precision_and_has_no_gradient():
    layer = torch.nn.Linear(3, 2)
    with torch.autocast("cpu", torch.bfloat16):
        context = context_of(layer, torch.ones(4, 3))
    assert context.dtype == torch.float32
    assert not context.requires_grad


def test_frozen_functions_are_known_by_what_they_make_of_a_batch():
    x = torch.linspace(1, 2, 10)
    assert fingerprint(None, x) == "as given"
    assert fingerprint(torch.sqrt, x) == fingerprint(lambda x: x**0.5 * (1 + 1e-6), x)
    assert fingerprint(torch.sqrt, x) != fingerprint(torch.exp, x)
