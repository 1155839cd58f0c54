from dataclasses import dataclass, field

import numpy as np
import pytest

from ib_mlflow.units import text_of
from projects.resnet import image_claims


@dataclass
class Curves:
    """Inverse curves of known levels, by layer and size."""

    known: dict
    epochs: tuple = (0, 3, 30)
    sizes: tuple = (8, 16)
    layers: tuple = field(init=False)
    still: float = 0.5

    def __post_init__(self):
        self.layers = tuple(self.known)

    @property
    def of_layers(self):
        return [image_claims.LayerImages(name, self) for name in self.layers]

    def still_falls(self, layer):
        return self.still

    def terms(self, layer, size):
        return self.known[layer][size]


@pytest.fixture
def curves_of(terms_of):
    """Makes inverse curves: by layer the levels of small and of large decoders."""

    def build(**levels):
        return Curves(
            {
                name: {8: terms_of(small, seed=k), 16: terms_of(large, seed=100 + k)}
                for k, (name, (small, large)) in enumerate(levels.items())
            }
        )

    return build


HILL = ((-60.0, -40.0, -50.0), (-58.0, -39.0, -48.0))
LOW_HILL = ((-80.0, -70.0, -73.0), (-79.0, -69.0, -72.0))


def test_what_the_paper_found_is_recognised(curves_of):
    curves = curves_of(h2=HILL, h3=LOW_HILL)
    for layer in curves.of_layers:
        assert image_claims.rises_at_first(layer).verdict == "agrees"
        assert image_claims.compresses(layer).verdict == "agrees"
    (pair,) = image_claims.image_pairs(curves)
    assert image_claims.compresses_more(pair).verdict == "agrees"
    (h3,) = image_claims.third_layers(curves)
    assert image_claims.ends_below_its_start(h3).verdict == "disagrees"
    words = text_of(image_claims.compresses(h3).words)
    assert "highest at epoch 3" in words
    assert "The paper's: 120 nats" in words
    assert "by those of 8: 3.0" in words


def test_a_layer_that_only_rises_is_not_compressed(curves_of):
    rising = ((-60.0, -50.0, -40.0), (-59.0, -49.0, -39.0))
    (layer,) = curves_of(h2=rising).of_layers
    assert image_claims.rises_at_first(layer).verdict == "agrees"
    assert image_claims.compresses(layer).verdict == "disagrees"


def test_decoders_that_differ_in_sign_decide_nothing(curves_of):
    (layer,) = curves_of(h2=(HILL[0], (-60.0, -50.0, -40.0))).of_layers
    judgement = image_claims.compresses(layer)
    assert judgement.verdict == "undecided"
    assert "differ in sign" in text_of(judgement.words)


def test_one_size_decides_nothing(terms_of):
    judgement = image_claims.in_both_sizes({16: 1 + terms_of((0.0,))[:, 0]})
    assert judgement.verdict == "undecided"
    assert "a bound moves with its decoder" in text_of(judgement.words)


def test_the_smaller_size_alone_is_not_enough(terms_of):
    noise = 30 * np.random.default_rng(0).normal(size=(5, 400))
    by_size = {8: 1 + terms_of((0.0,))[:, 0], 16: 0.01 + noise - noise.mean()}
    assert image_claims.in_both_sizes(by_size).verdict == "undecided"


@pytest.mark.parametrize("still", [12.0, float("inf")])
def test_decoders_that_still_gain_more_than_a_layer_changes_decide_nothing(curves_of, still):
    curves = curves_of(h2=HILL)
    (layer,) = curves.of_layers
    assert image_claims.compresses(layer).verdict == "agrees"
    curves.still = still
    judgement = image_claims.compresses(layer)
    assert judgement.verdict == "undecided"
    assert "still gained" in text_of(judgement.words)
    assert "inf" not in text_of(judgement.words)
