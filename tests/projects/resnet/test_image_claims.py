from dataclasses import dataclass, field

import numpy as np
import pytest

from ib_mlflow.units import text_of
from projects.resnet import image_claims
from projects.resnet.curves import pairs


@dataclass
class Curves:
    """Inverse curves of known levels, by layer and size."""

    known: dict
    epochs: tuple = (0, 3, 30)
    sizes: tuple = (8, 16)
    layers: tuple = field(init=False)
    still: float = 0.5
    converged: int = 4

    def __post_init__(self):
        self.layers = tuple(self.known)

    @property
    def of_layers(self):
        return [image_claims.LayerImages(name, self) for name in self.layers]

    def still_falls(self, layer):
        return self.still

    def converged_of(self, *layers):
        return self.converged, 2 * len(layers)

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
    (pair,) = pairs(curves.of_layers)
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


RISE = ((-60.0, -55.0, -40.0), (-58.0, -54.0, -39.0))


def test_the_layer_whose_curve_is_highest_first_begins_first(curves_of):
    (pair,) = pairs(curves_of(h2=RISE, h3=LOW_HILL).of_layers)
    judgement = image_claims.begins_earlier(pair)
    assert judgement.verdict == "agrees"
    words = text_of(judgement.words)
    for name, epoch in (("h2", 30), ("h3", 3)):
        assert f"{name}: The mean curve is highest at epoch {epoch}." in words
    (pair,) = pairs(curves_of(h2=LOW_HILL, h3=RISE).of_layers)
    assert image_claims.begins_earlier(pair).verdict == "disagrees"


def test_decoders_that_have_not_converged_do_not_say_which_layer_begins_first(curves_of):
    curves = curves_of(h2=RISE, h3=LOW_HILL)
    curves.converged = 3
    (pair,) = pairs(curves.of_layers)
    judgement = image_claims.begins_earlier(pair)
    assert judgement.verdict == "undecided"
    assert "1 of 4 decoders have not converged" in text_of(judgement.words)


def test_layers_that_begin_alike_are_seldom_told_apart():
    """Curves of networks that begin at random, both layers alike, seen by noisy images."""
    generator = np.random.default_rng(0)
    epochs, trials, e, n = (0, 1, 3, 5, 10, 30, 100, 200), 200, 5, 200
    x = np.log1p(epochs)

    def terms():
        begins = generator.normal(2.0, 0.5, (e, 1, 1))
        return -20 * (x[None, :, None] - begins) ** 2 + generator.normal(0, 10, (e, len(x), n))

    verdicts = []
    for _ in range(trials):
        layers = {name: {8: None, 16: None} for name in ("h2", "h3")}
        for sizes in layers.values():
            sizes[16] = terms()
            sizes[8] = sizes[16] + generator.normal(0, 1, sizes[16].shape)
        (pair,) = pairs(Curves(layers, epochs=epochs).of_layers)
        verdicts.append(image_claims.begins_earlier(pair).verdict)
    wrong = trials - verdicts.count("undecided")
    # 5 % of the trials, and two standard errors of that.
    assert wrong <= 0.05 * trials + 2 * np.sqrt(0.05 * 0.95 * trials)
