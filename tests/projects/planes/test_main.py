from dataclasses import replace
from types import SimpleNamespace

import pytest

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.judging.curves import keeps
from ib_mlflow.studies.judging.judgements import all_hold
from ib_mlflow.units import text_of
from projects.planes.claims import Curves
from projects.planes.main import STUDY, Configuration, accuracy_remarks
from projects.planes.main import comparable as judged
from projects.planes.main_claims import (
    accuracy_stays,
    ends_higher_than_it_began,
    learns_the_label,
)


def parsed(**changed):
    words = [word for name, value in changed.items() for word in (f"--{name}", str(value))]
    return Configuration.parse(["--scale", "paper", *words])


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
def test_the_papers_accuracy_is_held_against_its_own_networks_only(plane, changed, comparable):
    configuration = parsed(**changed)
    task = SimpleNamespace(validation_set=SimpleNamespace(n=819))
    group = SimpleNamespace(
        name=configuration.activation,
        plane=lambda: plane([1, 2, 3, 4]),
        trained=SimpleNamespace(spec=SimpleNamespace(task=task)),
    )
    readings = SimpleNamespace(configuration=configuration, groups=[group])
    assert bool(judged(readings)) is comparable
    remarked = not comparable and configuration.activation in ("tanh", "relu")
    assert bool(accuracy_remarks(readings)) is remarked


@pytest.mark.parametrize(
    ("curve", "verdict"), [([1, 3, 4, 5], "agrees"), ([5, 4, 3, 1], "disagrees")]
)
def test_a_layer_that_ends_higher_than_it_began_has_risen(plane, curve, verdict):
    curves = Curves("relu", plane([7, 7, 7, 7], curve, [1, 1, 1, 1]))
    assert ends_higher_than_it_began(curves).verdict == verdict
    # The plane has I(T;Y) at a twentieth of I(X;T), so that it moves as that does.
    assert learns_the_label(curves)[1].verdict == verdict


@pytest.mark.parametrize(
    ("first", "verdict"), [(1.0, "agrees"), (2.5, "undecided"), (9.0, "disagrees")]
)
def test_what_a_layer_tells_of_the_label_at_first_is_low_or_not(plane, first, verdict):
    curves = Curves("tanh", plane([7, 7, 7, 7], [first, 9, 12, 13.0], [1, 1, 1, 1]))
    assert all_hold(learns_the_label(curves)).verdict == verdict
    assert plane([1, 1, 1, 1]).guides.h_y / 4 == pytest.approx(3.45 / 20, abs=0.01)


def test_dead_units_do_not_keep_up(plane):
    dead = Curves("relu", plane([7, 7, 7, 7], [0, 0, 0, 0], [1, 1, 1, 1]))
    assert keeps(dead.plane, dead.last_hidden).verdict == "disagrees"


def accuracies(plane, last):
    """A plane whose validation accuracy goes from 0.9 at an eighth of training to this."""
    curves = plane([1, 7, 7, 7], [1, 5, 5, 1], [1, 1, 1, 1])
    changed = curves.frame["epoch"].map({0: 0.5, 10: 0.8, 100: 0.9, 1000: last})
    return replace(curves, frame=curves.frame.assign(val_accuracy=changed, val_loss=1.0))


@pytest.mark.parametrize(
    ("last", "verdict"), [(0.905, "agrees"), (0.915, "undecided"), (0.8, "disagrees")]
)
def test_an_accuracy_that_hardly_moves_stays(plane, last, verdict):
    assert accuracy_stays(Curves("tanh", accuracies(plane, last))).verdict == verdict


def judged_of(measured, *, activation="tanh"):
    """The verdicts of all claims but the accuracy's, by the beginning of their words."""
    task = SimpleNamespace(validation_set=SimpleNamespace(n=820))
    group = SimpleNamespace(
        name=activation,
        plane=lambda: measured,
        trained=SimpleNamespace(spec=SimpleNamespace(task=task)),
    )
    readings = SimpleNamespace(configuration=parsed(epochs=1000), groups=[group])
    return {of.claim: of for of in findings_of(STUDY.claims, readings)}


def shortened(measured, last):
    """The same curves, trained for so many epochs in place of 1000."""
    epochs = {0: 0, 10: last // 100, 100: last // 10, 1000: last}
    return replace(measured, frame=measured.frame.assign(epoch=measured.frame["epoch"].map(epochs)))


@pytest.mark.parametrize(
    ("last", "verdict"),
    [(100, "undecided"), (1000, "undecided"), (1500, "undecided"), (4000, "disagrees")],
)
def test_what_the_paper_sees_from_epoch_1000_on_needs_as_long_a_training(plane, last, verdict):
    judged = judged_of(shortened(accuracies(plane, 0.8), last))
    (stays,) = (of for words, of in judged.items() if words.startswith("while its accuracy"))
    assert stays.verdict == verdict
    if last == 100:
        assert text_of(stays.words).endswith(
            "Training ended at epoch 100, the paper's rise of the cross-entropy comes at 1,000: "
            "undecided."
        )


@pytest.mark.parametrize(
    ("before", "verdict"), [(3.0, "disagrees"), (5.0, "undecided")], ids=["at rest", "moving"]
)
def test_an_output_on_its_way_to_the_class_decides_nothing(plane, before, verdict):
    curves = plane([1, 7, 7, 7], [1, 5, 5, 1], [1, 6, before, 3])
    judged = judged_of(replace(curves, frame=curves.frame.assign(val_accuracy=0.9, val_loss=1.0)))
    (output,) = (of for words, of in judged.items() if words.startswith("The output ends"))
    assert output.verdict == verdict


@pytest.mark.parametrize(("end", "verdict"), [(1, "agrees"), (5, "undecided")])
def test_that_the_first_layer_stays_says_nothing_where_none_compresses(plane, end, verdict):
    curves = plane([1, 7, 7, 7], [1, 5, 5, end], [1, 1, 1, 1])
    judged = judged_of(replace(curves, frame=curves.frame.assign(val_accuracy=0.9, val_loss=1.0)))
    (first,) = (of for words, of in judged.items() if words.startswith("The first hidden"))
    assert first.verdict == verdict


@pytest.mark.parametrize(
    ("activation", "figures"), [("tanh", {"4a"}), ("relu", {"4b"}), ("leaky_relu", set())]
)
def test_networks_are_filed_under_the_figure_of_their_activation(plane, activation, figures):
    judged = accuracies(plane, 0.9)
    task = SimpleNamespace(validation_set=SimpleNamespace(n=820))
    trained = SimpleNamespace(spec=SimpleNamespace(task=task))
    readings = SimpleNamespace(
        configuration=parsed(activation=activation, epochs=1000),
        planes={activation: judged},
        groups=[SimpleNamespace(name=activation, plane=lambda: judged, trained=trained)],
    )
    findings = findings_of(STUDY.claims, readings)
    assert {each.where[-2:] for each in findings if "Fig. 4" in each.where} == figures
    assert len(findings) == 4 + 2 * len(figures)
