import numpy as np
import pytest

from ib_mlflow.information import decoder_information
from projects.dynamics_findings import WARM, Course, name_of

MOMENTS = (0, 100, 1000)
CURVES = {"normal": (-60.0, -40.0, -50.0), "overfitted": (-60.0, -45.0, -35.0)}


@pytest.fixture
def course():
    generator = np.random.default_rng(0)
    hard = generator.normal(0, 8, 400)
    terms = {
        name_of((network, "FC3", moment)): level + hard + generator.normal(0, 1, 400)
        for network, levels in CURVES.items()
        for moment, level in zip(MOMENTS, levels, strict=True)
    }
    terms[f"{WARM} {name_of(('normal', 'FC3', 100))}"] = -41.0 + hard
    accuracies = {(network, moment): 0.5 for network in CURVES for moment in MOMENTS}
    return Course(decoder_information(terms, dimensions=196), accuracies, ("FC3",), MOMENTS)


def test_a_rise_and_a_fall_are_found(course):
    rises, falls, overfitted = course.findings()
    assert (rises.verdict, falls.verdict, overfitted.verdict) == ("agrees",) * 3
    assert "highest after 100 updates" in rises.found
    assert "-" not in falls.found.split(" nats")[0]


def test_a_curve_that_only_rises_is_not_said_to_fall(course):
    terms = dict(course.information.terms)
    terms["normal FC3 1000"] = terms["normal FC3 100"] + 5
    monotone = Course(
        decoder_information(terms, dimensions=196), course.accuracies, course.layers, MOMENTS
    )
    rises, falls, _ = monotone.findings()
    assert rises.verdict == "agrees"
    assert falls.verdict == "undecided"


def test_everything_is_in_the_table_the_curves_and_the_scalars(course):
    lines = course.table("nats").splitlines()
    assert len(lines) == 2 + 6
    for (network, layer, moment), line in zip(course.keys(), lines[2:], strict=True):
        assert line.startswith(f"| {network} | {layer} | {moment} |")
        assert f"{course.bound((network, layer, moment))[0]:.3f} nats" in line
    (axes,) = course.curves("nats").axes
    assert len([line for line in axes.lines if not line.get_label().startswith("_")]) == 2
    scalars = course.scalars()
    assert scalars["summary/negative_cross_entropy_nats.normal/FC3/100"] == pytest.approx(
        -40, abs=2
    )
    assert scalars["summary/test_accuracy.overfitted/0"] == 0.5


def test_the_price_of_a_warm_start_is_paired(course):
    class Done:
        updates = 50

    key = ("normal", "FC3", 100)
    line = course.warm_table({key: Done()}, {key: Done()}, "nats").splitlines()[-1]
    difference = course.information.difference(f"{WARM} {name_of(key)}", name_of(key))
    assert difference.value == pytest.approx(-1, abs=0.3)
    assert f"{difference.value:.3f} nats" in line
    assert line.endswith("| 50 | 50 |")
