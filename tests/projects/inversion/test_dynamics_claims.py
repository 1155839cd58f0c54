import numpy as np
import pytest
from torch import nn

from ib_mlflow.information import decoder_information
from ib_mlflow.studies.running.fits import Done
from projects.inversion.dynamics_claims import WARM, Course, name_of

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


def with_curve(course, levels, moments=MOMENTS):
    """The same with another curve of the normal network; what makes an image hard stays."""
    terms = dict(course.information.terms)
    for moment, level in zip(moments, levels, strict=True):
        name = name_of(("normal", "FC3", moment))
        terms[name] = terms[name] - terms[name].mean() + level
    information = decoder_information(terms, dimensions=196)
    return Course(information, course.accuracies, course.layers, moments)


@pytest.mark.parametrize(
    ("levels", "rise", "fall"),
    [
        ((-60.0, -40.0, -50.0), 20, 10),
        ((-60.0, -50.0, -40.0), 20, -10),
        ((-40.0, -50.0, -60.0), -10, 20),
        ((-50.0, -60.0, -40.0), 10, -10),
    ],
)
def test_every_curve_gets_numbers_with_errors(course, levels, rise, fall):
    changed = with_curve(course, levels)
    for finding, change in zip(changed.findings(), (rise, fall), strict=False):
        assert float(finding.found.split()[0]) == pytest.approx(change, abs=0.3)
        assert finding.verdict == ("agrees" if change > 0 else "disagrees")
        assert "[0.000, 0.000]" not in finding.found


def test_two_moments_either_rise_or_fall(course):
    rises, falls, _ = with_curve(course, (-60.0, -40.0), MOMENTS[:2]).findings()
    assert (rises.verdict, falls.verdict) == ("agrees", "disagrees")


def test_the_choice_of_the_highest_moment_does_not_flatter():
    # A flat curve of many moments: the highest of them is so by chance, and the rise to it zero.
    moments = tuple(range(12))
    found = []
    for seed in range(200):
        generator = np.random.default_rng(seed)
        terms = {
            name_of((network, "FC3", moment)): generator.normal(-50, 1, 100)
            for network in CURVES
            for moment in moments
        }
        course = Course(decoder_information(terms, dimensions=196), {}, ("FC3",), moments)
        found.append([float(finding.found.split()[0]) for finding in course.findings()[:2]])
    # The error of each is that of a difference of two means of 100 images; over 200 curves.
    assert (np.abs(np.mean(found, axis=0)) < 4 * np.sqrt(2 / 100 / 200)).all()


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
    key = ("normal", "FC3", 100)
    line = warm_line(course, {0: 50.0, 40: 45.0})
    difference = course.information.difference(f"{WARM} {name_of(key)}", name_of(key))
    assert difference.value == pytest.approx(-1, abs=0.3)
    assert f"{difference.value:.3f} nats" in line


def warm_line(course, losses):
    """The line of the table with these held-out losses from a warm start, by update."""

    def done(losses):
        last = {"update": max(losses), "best_update": min(losses, key=losses.get)}
        return Done(nn.Identity(), {}, last, losses)

    key = ("normal", "FC3", 100)
    scratch = done({0: 150.0, 25: 60.0, 50: 42.0, 75: 41.0, 100: 41.5})
    return course.warm_table({key: scratch}, {key: done(losses)}, "nats").splitlines()[-1]


@pytest.mark.parametrize(
    ("losses", "reached"),
    [
        ({0: 60.0, 25: 43.0, 50: 40.0}, 50),
        ({0: 60.0, 25: 41.0, 50: 40.0}, 25),
        ({0: 40.0, 25: 39.0}, 0),
        ({0: 60.0, 25: 44.0, 50: 43.0}, "not within 50"),
    ],
)
def test_what_a_warm_start_saves_is_measured(course, losses, reached):
    assert warm_line(course, losses).endswith(f"| 41.000 nats | 75 | {reached} |")
