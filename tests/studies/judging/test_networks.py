"""Over which a claim is judged of which several networks were measured on many samples."""

import numpy as np
import pytest

from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging.networks import positive_over_networks
from ib_mlflow.studies.judging.verdicts import positive
from ib_mlflow.units import text_of


def estimates(values, error=0.1):
    return [Estimate(value, error, "point", n=100) for value in values]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_few_networks_are_judged_over_the_images_of_the_first_and_the_words_say_so(count):
    judged = positive_over_networks(estimates([1.0, -9.0, -9.0, -9.0][:count]))
    assert judged.verdict == "agrees"
    assert "over 100 images of this network" in text_of(judged.words)


def test_five_networks_decide_and_the_first_stands_beside_them():
    judged = positive_over_networks(
        estimates([1.0, -2.0, 3.0, -2.5, 1.5, -1.0]), note=("A bound.",)
    )
    assert judged.verdict == "undecided"
    words = text_of(judged.words)
    assert "positive in 3 of 6 networks" in words
    assert "Of the first network alone 1.000 nats [0.802, 1.198] over 100 images. A bound." in words
    assert positive_over_networks(estimates([-2.0, -2.1, -2.2, -1.9, -2.0])).verdict == "disagrees"


def test_networks_that_differ_decide_no_more_often_than_is_said():
    """Nothing is there; networks spread twice as wide as the error over images of one of them."""
    generator, repeats = np.random.default_rng(0), 1000
    of_images = of_networks = 0
    for _ in range(repeats):
        drawn = estimates(generator.normal(0, 0.2, 5) + generator.normal(0, 0.1, 5))
        of_images += positive(drawn[0]).verdict != "undecided"
        of_networks += positive_over_networks(drawn).verdict != "undecided"
    assert of_networks / repeats < 0.05 + 4 * np.sqrt(0.05 * 0.95 / repeats)
    assert of_images / repeats > 0.3
