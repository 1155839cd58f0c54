from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ib_mlflow.information import Estimate
from projects.inversion.inversion import Configuration
from projects.inversion.inverted import Inversion
from projects.inversion.tables import (
    accuracy_table,
    bound_or_not_table,
    bounds_table,
    distance_table,
    draw,
    tables,
)


@pytest.fixture
def mnist(inverted):
    return replace(inverted, parts=replace(inverted.parts, name="mnist"))


def test_the_bounds_of_all_contexts_are_in_a_table(inverted):
    lines = bounds_table(inverted).markdown("nats").splitlines()
    for name, estimate in inverted.information.negative_cross_entropy.items():
        line = next(line for line in lines if line.startswith(f"| {name} |"))
        assert f"{estimate.value:.3f} nats" in line
        assert f"{estimate.diagnostics['bits_per_dimension']:.4f}" in line
    fall = inverted.information.difference("CONV2", "CONV1").value
    assert f"{fall:.3f} nats" in next(line for line in lines if line.startswith("| CONV2 |"))
    relative = inverted.relative_bound("FC3").value
    assert f"| {relative:.3f} [" in next(line for line in lines if line.startswith("| FC3 |"))


def test_a_bound_is_told_from_a_difference_of_bounds(inverted):
    text = bound_or_not_table(inverted).markdown("nats")
    assert text.count("no bound") == 5
    assert "a lower bound of I(x;y)" in text
    assert f"| H(y) | {np.log(10):.3f} nats |" in text
    in_bits = inverted.label_bound.value / np.log(2)
    assert f"{in_bits:.3f} bits" in bound_or_not_table(inverted).markdown("bits")


def test_distances_stand_beside_the_papers(inverted, mnist):
    assert "0.000768" in distance_table([mnist]).markdown()
    assert "| – | – | – |" in distance_table([inverted]).markdown()


def test_accuracies_stand_beside_the_papers(inverted, mnist):
    text = accuracy_table([mnist, inverted]).markdown()
    assert "0.996" in text
    # All right: of as many images an error of a share may still have been missed.
    assert "1.0000 [1.0000, 1.0000]" not in text


def test_an_accuracys_interval_is_binomial(inverted):
    half = Estimate(1.0, 0.1, "lower", 300, {"accuracy": 0.5})
    text = accuracy_table([replace(inverted, classifier=half)]).markdown()
    low = stats.beta.ppf(0.025, 150, 151)
    assert f"0.5000 [{low:.4f}, {1 - low:.4f}]" in text.splitlines()[-1]


def test_every_task_has_its_tables_and_pictures(inverted, mnist):
    inversion = Inversion(Configuration.parse(["--scale", "toy"]), [inverted, mnist])
    assert set(tables(inversion)) == {
        "The classifiers",
        "digits: the layers",
        "digits: what is a bound",
        "mnist: the layers",
        "mnist: what is a bound",
        "Table 1 of the paper: L1 distances in the layer, a unit",
    }
    assert set(draw(inversion)) == {
        "bounds.png",
        "relative_bounds.png",
        "samples_digits.png",
        "nearest_digits.png",
        "samples_mnist.png",
        "nearest_mnist.png",
    }
