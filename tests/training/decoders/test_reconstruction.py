import numpy as np
import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks.images.reconstruction import Reconstruction
from ib_mlflow.training.decoders import Pairs, reconstruct, train_reconstruction
from ib_mlflow.training.fitting import Plan


@pytest.fixture
def shades():
    """Images of one grey, drawn around one of three that the context names."""
    generator = np.random.default_rng(0)
    names = generator.integers(0, 3, 400)
    grey = np.array([40, 120, 200])[names] + generator.integers(-10, 11, 400)
    images = np.broadcast_to(grey[:, None, None, None], (400, 1, 8, 8)).astype(np.uint8)
    return Pairs(images, np.eye(3, dtype=np.float32)[names])


def test_the_mean_of_the_possible_images_is_found(shades):
    plan = Plan(updates=300, learning_rate=0.02, decay="cosine", evaluate=300)
    decoder = Reconstruction((3,), (1, 8, 8), filters=4)
    first, last = train_reconstruction(decoder, shades, validation=shades, plan=plan, seed=0)
    means = [shades.images[np.argmax(shades.context, 1) == k].mean() / 255 for k in range(3)]
    greys = shades.images[:, 0, 0, 0] / 255
    spread = np.var(greys - np.take(means, np.argmax(shades.context, 1)))
    # The mean of a context's images has the smallest squared error that there is.
    assert 0.999 * spread < last.val_loss < 1.5 * spread
    assert first.val_loss > 20 * spread
    images = reconstruct(last.best(), Pairs(shades.images[:3], np.eye(3, dtype=np.float32)))
    assert images.shape == (3, 1, 8, 8)
    np.testing.assert_allclose(images.mean(axis=(1, 2, 3)), means, atol=0.01)


def test_levels_and_encoders_are_heeded(shades):
    bits = Pairs((shades.images > 100).astype(np.uint8))
    plan = Plan(updates=150, learning_rate=0.01, decay="cosine", evaluate=150)

    def encode(images):
        return images[:, :, 0, 0].float()

    decoder = Reconstruction((1,), (1, 8, 8), filters=4)
    *_, last = train_reconstruction(
        decoder, bits, validation=bits, encode=encode, levels=2, plan=plan, seed=0
    )
    assert last.val_loss < 0.01
    images = reconstruct(last.best(), bits, encode=encode)
    assert np.abs(images - bits.images).mean() < 0.05
    assert images.min() >= 0
    assert images.max() <= 1


@pytest.mark.parametrize(
    ("shape", "levels", "message"),
    [
        ((1, 8, 4), 256, r"shape of its images, \(1, 8, 8\)"),
        ((3, 8, 8), 256, r"shape of its images, \(1, 8, 8\)"),
        ((1, 8, 8), 1, "levels must be a whole number, at least 2"),
        ((1, 8, 8), 2.5, "levels must be a whole number, at least 2"),
    ],
)
def test_images_of_another_kind_are_refused(shades, shape, levels, message):
    decoder = Reconstruction((3,), shape, filters=4)
    plan = Plan(updates=1, evaluate=1)
    with pytest.raises(InvalidInputError, match=message):
        list(
            train_reconstruction(
                decoder, shades, validation=shades, levels=levels, plan=plan, seed=0
            )
        )


def test_reconstructions_are_clipped(shades):
    decoder = Reconstruction((3,), (1, 8, 8), filters=4)
    with torch.no_grad():
        decoder.leave[-1].bias.fill_(5.0)
    assert reconstruct(decoder, shades).max() == 1
