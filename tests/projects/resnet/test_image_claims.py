from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.studies.decoding.inverse import InverseCurve
from ib_mlflow.studies.decoding.ways import WayPrice
from ib_mlflow.units import text_of
from projects.resnet import image_claims
from projects.resnet.curves import pairs
from projects.resnet.doubts import Read
from projects.resnet.resnet_classifier import STUDY
from projects.resnet.way import ChosenWay


def read(terms):
    """Numbers that a doubling of the updates has not moved."""
    return Read(terms, terms)


@dataclass
class Curves:
    """Inverse curves of known levels, by layer and size."""

    known: dict
    epochs: tuple = (0, 3, 30)
    sizes: tuple = (8, 16)
    layers: tuple = field(init=False)
    early: dict | None = None
    chosen: ChosenWay = field(default_factory=lambda: ChosenWay("scratch"))
    risen: tuple = ()

    def __post_init__(self):
        self.layers = tuple(self.known)

    @property
    def of_layers(self):
        return [image_claims.LayerImages(name, self) for name in self.layers]

    def halfway(self, layer, size):
        """What decoders of half the updates gave: the same, unless it is said otherwise."""
        if self.early is None:
            return self.known[layer][size]
        return self.early[layer][size] if layer in self.early else None

    def diverged(self, layer):
        return self.risen

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
    judgement = image_claims.in_both_sizes({16: read(1 + terms_of((0.0,))[:, 0])})
    assert judgement.verdict == "undecided"
    assert "a bound moves with its decoder" in text_of(judgement.words)


def test_the_smaller_size_alone_is_not_enough(terms_of):
    noise = 30 * np.random.default_rng(0).normal(size=(5, 400))
    by_size = {8: 1 + terms_of((0.0,))[:, 0], 16: 0.01 + noise - noise.mean()}
    reads = {size: read(terms) for size, terms in by_size.items()}
    assert image_claims.in_both_sizes(reads).verdict == "undecided"


def moved(curves, by):
    """The same curves, whose last epoch was another many nats higher at half of the updates."""
    shift = np.array([0.0, 0.0, by])[None, :, None]
    return {
        name: {size: terms + shift for size, terms in of.items()}
        for name, of in curves.known.items()
    }


@pytest.mark.parametrize(
    ("by", "verdict"), [(2.0, "agrees"), (-7.0, "agrees"), (12.0, "undecided")]
)
def test_a_change_that_a_doubling_of_the_updates_moves_by_more_is_open(curves_of, by, verdict):
    """The layer loses 9 nats."""
    curves = curves_of(h2=HILL)
    (layer,) = curves.of_layers
    curves.early = moved(curves, by)
    judgement = image_claims.compresses(layer)
    assert judgement.verdict == verdict
    words = text_of(judgement.words)
    assert f"a doubling of the updates may have moved: {abs(by):.3f} nats" in words


def test_a_change_whose_movement_is_not_known_is_open(curves_of):
    curves = curves_of(h2=HILL)
    (layer,) = curves.of_layers
    curves.early = {}
    judgement = image_claims.compresses(layer)
    assert judgement.verdict == "undecided"
    assert "an unknown amount" in text_of(judgement.words)
    assert "inf" not in text_of(judgement.words)


def price_of(layer, gaps, n=400, error=0.3):
    """What an amortised decoder costs at three epochs, all converged, by known gaps."""
    generator = np.random.default_rng(5)
    contexts = {epoch: SimpleNamespace(name=layer) for epoch in (0, 3, 30)}
    plan = SimpleNamespace(least_fall=1.0)
    inversion = SimpleNamespace(
        way="amortised", layer=layer, plan=plan, name=layer, contexts=contexts
    )
    flat = SimpleNamespace(losses=dict.fromkeys(range(0, 210, 10), 5.0), updates=200)
    scratch = {epoch: generator.normal(-50, 10, n) for epoch in contexts}
    cheap = {
        epoch: terms + gap + generator.normal(0, error, n)
        for (epoch, terms), gap in zip(scratch.items(), gaps, strict=True)
    }
    decoders = dict.fromkeys(contexts, flat)
    return WayPrice(
        InverseCurve(inversion, cheap, decoders, contexts),
        InverseCurve(inversion, scratch, decoders, contexts),
    )


def test_what_the_way_of_decoding_makes_is_no_compression(curves_of):
    """The true curves do not change; both sizes lie 20 nats too low at the last epoch."""
    curves = curves_of(h2=((-40.0, -40.0, -60.0), (-39.0, -39.0, -59.0)))
    (layer,) = curves.of_layers
    assert image_claims.compresses(layer).verdict == "agrees"
    curves.chosen = ChosenWay("amortised", [price_of("h2", (0.0, 0.0, -20.0))])
    judgement = image_claims.compresses(layer)
    assert judgement.verdict == "undecided"
    failed = "what amortised decoding may make, which has failed the rule of a cheap way: 20."
    assert failed in text_of(judgement.words)
    # A way that costs little, or alike at all epochs, takes nothing away.
    for gaps in ((0.0, 0.0, -0.5), (-20.0, -20.0, -20.0)):
        curves.chosen = ChosenWay("amortised", [price_of("h2", gaps)])
        assert image_claims.compresses(layer).verdict == "agrees"
    # One whose price was not measured decides nothing.
    curves.chosen = ChosenWay("amortised", [price_of("h3", (0.0, 0.0, 0.0))])
    assert image_claims.compresses(layer).verdict == "undecided"


def test_the_prices_of_two_layers_add_up_in_their_difference(curves_of):
    curves = curves_of(h2=HILL, h3=LOW_HILL)  # 9 and 3 nats are lost
    (pair,) = pairs(curves.of_layers)
    for gap, verdict in ((2.0, "agrees"), (4.0, "undecided")):
        prices = [price_of(layer, (0.0, gap, 0.0)) for layer in ("h2", "h3")]
        curves.chosen = ChosenWay("amortised", prices)
        assert image_claims.compresses_more(pair).verdict == verdict


def test_a_layer_whose_decoder_has_diverged_is_not_judged(curves_of):
    curves = curves_of(h2=HILL)
    (layer,) = curves.of_layers
    curves.risen = ("of h2 of network 3, 16 filters, epoch 30",)
    judgement = image_claims.compresses(layer)
    assert judgement.verdict == "undecided"
    assert "diverged: of h2 of network 3, 16 filters, epoch 30" in text_of(judgement.words)


def test_layers_that_the_paper_does_not_invert_are_beyond_it(curves_of):
    curves = curves_of(h1=HILL, h2=HILL, h3=LOW_HILL)
    assert [layer.name for layer in image_claims.of_paper(curves)] == ["h2", "h3"]
    assert [layer.name for layer in image_claims.beyond_paper(curves)] == ["h1"]
    (pair,) = image_claims.pairs_beyond(curves)
    assert (pair.before.name, pair.after.name) == ("h1", "h2")
    beyond = [claim for claim in STUDY.claims if claim.where.startswith("Beyond the paper")]
    assert len(beyond) == 4


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


def test_decoders_that_move_the_peak_do_not_say_which_layer_begins_first(curves_of):
    curves = curves_of(h2=RISE, h3=LOW_HILL)
    (pair,) = pairs(curves.of_layers)
    curves.early = dict.fromkeys(("h2", "h3"), curves.known["h3"])
    assert image_claims.begins_earlier(pair).verdict == "undecided"
    curves.early = None
    prices = [price_of(layer, (0.0, 0.0, -20.0)) for layer in ("h2", "h3")]
    curves.chosen = ChosenWay("amortised", prices)
    judgement = image_claims.begins_earlier(pair)
    assert judgement.verdict == "undecided"
    assert "failed the rule of a cheap way: undecided" in text_of(judgement.words)


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
