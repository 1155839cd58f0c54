"""Claims about planes on curves whose answer is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.studies.judging.claims import falls, keeps, rises_and_falls
from ib_mlflow.trajectory import Guides, Trajectory
from projects.planes import bin_sweep, main, mixed_activations

GUIDES = Guides(h_x=8.0, h_y=0.69, i_xy=0.69)
EPOCHS = (0, 10, 100, 1000)
MEMBERS = 12
ASK = {"claim": "", "where": "", "least": 0.4, "unit": "nats"}


def plane(*layers, lost=()) -> Trajectory:
    """A curve a layer, alike in all members but for a shift; some members diverge."""
    shift = np.linspace(0, 0.01, MEMBERS)[:, None, None]
    i_x = np.stack([np.asarray(layer, np.float64) for layer in layers], axis=-1)[None] + shift
    i_x[list(lost), 2:] = np.nan
    return Trajectory.from_arrays(
        i_x,
        i_x / 20,
        epochs=EPOCHS,
        n=3000,
        guides=GUIDES,
        estimator="binned",
        setting="bin_size=0.07",
    )


@pytest.mark.parametrize(
    ("curve", "both", "fall"),
    [
        ([1, 4, 5, 2], "agrees", "agrees"),
        ([5, 4, 3, 2], "disagrees", "agrees"),
        ([5, 5.05, 4, 3], "disagrees", "agrees"),
        ([1, 2, 3, 3], "disagrees", "disagrees"),
    ],
)
def test_a_layer_that_only_falls_has_not_risen_and_fallen(curve, both, fall):
    found = plane(curve, lost=(1, 2))
    assert rises_and_falls(found, 1, **ASK).verdict == both
    assert falls(found, 1, **ASK).verdict == fall
    assert keeps(found, 1, **ASK).verdict == ("disagrees" if fall == "agrees" else "agrees")
    assert "In 10 of 10 networks" in keeps(plane([1, 1, 1, 1], lost=(1, 2)), 1, **ASK).found


@pytest.mark.parametrize(
    ("changed", "comparable"),
    [
        ({}, True),
        ({"activation": "relu"}, True),
        ({"members": 3, "bin_size": 0.3, "unit": "bits"}, True),
        ({"activation": "sigmoid"}, False),
        ({"epochs": 4000}, False),
        ({"hidden": "4,3"}, False),
        ({"task": "digits"}, False),
        ({"split_seed": 1}, False),
        ({"initialisation": "he_normal"}, False),
    ],
)
def test_the_papers_accuracy_is_held_against_its_own_networks_only(changed, comparable):
    words = [word for name, value in changed.items() for word in (f"--{name}", str(value))]
    chosen = main.Configuration.parse(["--scale", "paper", *words])
    assert chosen.as_in_paper is comparable


def swept(activation, task="szt"):
    """A network that drifts towards the corner as bins shrink, and its output not."""
    fine = plane([1, 2, 7, 7.9], [1, 2, 7, 7.9], [1, 1, 1, 1])
    coarse = plane([1, 2, 7, 7.8], [1, 2, 5, 4], [1, 1, 1, 1])
    network = SimpleNamespace(
        name=f"{task} {activation}",
        activations=(activation,) * 2,
        task=SimpleNamespace(name=task),
    )
    return SimpleNamespace(planes=lambda: {"0.01": fine, "0.3": coarse}, network=network)


def test_what_the_paper_says_of_tanh_networks_is_not_judged_of_others():
    chosen = SimpleNamespace(bin_sizes=(0.01, 0.3))
    found = bin_sweep.drift_findings(swept("tanh"), chosen)
    assert [one.verdict for one in found] == ["agrees"] * 3
    (drift,) = bin_sweep.drift_findings(swept("relu"), chosen)
    assert drift.verdict == "agrees"
    assert all(
        "App. D" in one.where for one in bin_sweep.drift_findings(swept("tanh", "mnist"), chosen)
    )


def mixed(**last):
    """Networks that lose so much behind the change of activation."""
    return {
        name: SimpleNamespace(trajectory=plane(*[[1, 5, 5, 5 - lost]] * 6))
        for name, lost in {"tanh": 3.0, "relu": 0.0, "tanh-relu": 1.0, **last}.items()
    }


def test_an_effect_that_is_always_there_is_not_said_to_be_absent_with_some_seeds():
    found = mixed_activations.findings_of("szt", mixed(**{"relu-tanh": 0.5}))
    verdicts = {one.claim: one.verdict for one in found[:4]}
    assert verdicts["… and it is there with most seeds"] == "agrees"
    assert verdicts["… and with some it is not"] == "undecided"
    found = mixed_activations.findings_of("szt", mixed(**{"relu-tanh": 3.0}))
    assert [one.verdict for one in found[2:4]] == ["disagrees", "agrees"]


@pytest.mark.parametrize(("lost", "verdict"), [(3.0, "agrees"), (0.5, "disagrees")])
def test_mnist_has_claims_of_its_own(lost, verdict):
    leading_relu, leading_tanh = mixed_activations.findings_of(
        "mnist", mixed(**{"relu-tanh": lost})
    )
    assert leading_relu.verdict == verdict
    assert leading_relu.where == "App. D; Fig. 12a"
    assert leading_tanh.verdict == "agrees"
