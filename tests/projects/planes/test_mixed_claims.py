import pytest

from ib_mlflow.studies.judging import all_hold
from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.reporting.ensembles import Ensembles
from projects.planes.mixed_activations import STUDY
from projects.planes.mixed_beginnings import (
    EARLY,
    Beginning,
    dips_at_first,
    is_reduced,
    label_is_reduced,
    leading_layers_stay,
    reduction_fades,
)
from projects.planes.mixed_claims import NETWORKS


@pytest.fixture
def findings(plane, trained):
    """Judge networks that lose so much behind the change of activation."""

    def judge(task="szt", **lost):
        losses = {"tanh": 3.0, "relu": 0.0, "tanh-relu": 1.0, **lost}
        ensembles = [
            trained(
                f"{task} {name}",
                NETWORKS[name],
                {f"{task} {name}": ({"network": name}, plane(*[[1, 5, 5, 5 - loss]] * 6))},
            )
            # In the order of the alphabet: no position says which network is which.
            for name, loss in sorted(losses.items())
        ]
        return findings_of(STUDY.claims, Ensembles(None, ensembles))

    return judge


def test_an_effect_that_is_always_there_is_not_said_to_be_absent_with_some_seeds(findings):
    verdicts = {each.claim: each.verdict for each in findings(**{"relu-tanh": 0.5})}
    assert verdicts["szt, tanh behind ReLU: the effect is there with most seeds"] == "agrees"
    assert verdicts["szt, tanh behind ReLU: with some seeds it is not"] == "undecided"
    verdicts = {each.claim: each.verdict for each in findings(**{"relu-tanh": 3.0})}
    assert verdicts["szt, tanh behind ReLU: the effect is there with most seeds"] == "disagrees"
    assert verdicts["szt, tanh behind ReLU: with some seeds it is not"] == "agrees"


def test_both_effects_of_a_task_are_judged(findings):
    judged = findings(**{"relu-tanh": 0.5})
    assert len(judged) == 13
    stirred, calmed = judged[1], judged[0]
    assert calmed.verdict == stirred.verdict == "agrees"
    assert calmed.where == "Sec. 2.2.2; Fig. 2a"
    assert stirred.where == "Sec. 2.2.2; Fig. 2b"


@pytest.mark.parametrize(("lost", "verdict"), [(3.0, "agrees"), (0.5, "disagrees")])
def test_mnist_has_claims_of_its_own(findings, lost, verdict):
    leading_relu, leading_tanh, *_ = findings("mnist", **{"relu-tanh": lost})
    assert leading_relu.verdict == verdict
    assert leading_relu.where == "App. D; Fig. 12a"
    assert leading_tanh.verdict == "agrees"


@pytest.fixture
def beginning(plane):
    """Networks whose tanh layers begin so much lower behind ReLU layers, by layer."""

    def build(reduced=(0, 0, 1.5, 1.0, 0.5, 0), lost=0.0):
        planes = {
            "tanh": plane(*[[4, 5, 5, 5]] * 6),
            "relu-tanh": plane(*[[4 - less, 5, 5, 5] for less in reduced]),
            "tanh-relu": plane([4, 5, 5, 5 - lost], *[[4, 5, 5, 5]] * 5),
        }
        return Beginning("szt", planes)

    return build


def test_a_layer_right_behind_relu_layers_begins_lower_and_the_last_less_so(beginning):
    assert beginning().reduced(3).mean() == pytest.approx(1.5)
    assert is_reduced(beginning()).verdict == "agrees"
    assert label_is_reduced(beginning()).verdict == "agrees"
    assert reduction_fades(beginning()).verdict == "agrees"
    turned = beginning(reduced=(0, 0, -1.5, -1.0, 0.5, 0))
    assert is_reduced(turned).verdict == "disagrees"
    assert label_is_reduced(turned).verdict == "disagrees"
    assert reduction_fades(turned).verdict == "disagrees"


@pytest.mark.parametrize(("lost", "verdict"), [(0.1, "agrees"), (2.0, "disagrees")])
def test_one_tanh_layer_in_front_that_compresses_is_enough(beginning, lost, verdict):
    assert leading_layers_stay(beginning(lost=lost)).verdict == verdict


def test_layers_that_compress_by_as_much_as_counts_decide_nothing(beginning):
    """A twentieth of 8 nats counts: 0.6 nats are more than it, and less than twice as much."""
    assert leading_layers_stay(beginning(lost=0.6)).verdict == "undecided"


@pytest.mark.parametrize(
    ("behind", "alike", "verdict"),
    [
        ([4, 2, 4, 5], [4, 4, 4, 5], "agrees"),
        ([4, 5, 5, 5], [4, 5, 5, 5], "disagrees"),
        ([4, 3, 4, 5], [4, 1, 4, 5], "disagrees"),
        ([4, 5, 5, 1], [4, 5, 5, 5], "disagrees"),
    ],
    ids=["dips", "rises at once", "less than behind ReLU", "falls late"],
)
def test_relu_layers_behind_tanh_layers_dip_at_first(plane, behind, alike, verdict):
    assert EARLY == 150
    planes = {
        "tanh-relu": plane(*[behind] * 6),
        "relu": plane(*[alike] * 6),
    }
    assert all_hold(dips_at_first(Beginning("szt", planes))).verdict == verdict
