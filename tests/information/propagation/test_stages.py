import math

import numpy as np
import pytest

from ib_mlflow.information.propagation import stages
from ib_mlflow.information.propagation.groups import Groups
from ib_mlflow.information.propagation.mixtures import Density
from ib_mlflow.information.propagation.stages import entropy_given_few_inputs, group_entropies

CODES = np.arange(64) % 2


def layer(seed, spread, repeats=512):
    """Two propagations of 64 inputs in two dimensions."""
    random = np.random.default_rng(seed)
    middle = np.random.default_rng(0).normal(size=(64, 1, 2))
    return [spread * (middle + random.normal(size=(64, repeats, 2))) for _ in range(2)]


@pytest.fixture
def asked(monkeypatch):
    """Which densities are averaged, over how many draws."""
    asked, compare = [], Groups.compare

    def recorded(self, density, n, rng):
        asked.append((density, n))
        return compare(self, density, n, rng)

    monkeypatch.setattr(Groups, "compare", recorded)
    return asked


def test_two_stages_say_what_one_says(asked, monkeypatch):
    centres, fresh = layer(1, 1.5)
    double = group_entropies(centres, fresh, CODES, 4000, np.random.default_rng(0))
    assert [density for density, _ in asked] == 2 * [Density.CHEAP, Density.RATIO]
    assert asked[0][1] > 4000 > 4 * asked[1][1]
    assert [n for _, n in asked[2:]] == [n // 2 for _, n in asked[:2]]
    monkeypatch.setattr(stages, "LEAST", 64 * 512)
    single = group_entropies(centres, fresh, CODES, 4000, np.random.default_rng(1))
    assert asked[4:] == [(Density.WHOLE, 4000), (Density.WHOLE, 2000)]
    for name in ("everywhere", "given", "information"):
        first, second = getattr(double, name), getattr(single, name)
        error = math.sqrt(first.variance + second.variance)
        assert first.value == pytest.approx(second.value, abs=4 * error)
        assert first.half == pytest.approx(second.half, abs=7 * error)
        assert first.above == pytest.approx(second.above, abs=7 * error)
    assert double.everywhere.variance < 1.5 * single.everywhere.variance


def test_far_apart_centres_are_worth_no_second_stage(asked):
    centres, fresh = layer(1, 200)
    group_entropies(centres, fresh, CODES, 1000, np.random.default_rng(0))
    assert {density for density, _ in asked} == {Density.WHOLE}


def test_the_variance_of_two_stages_is_that_of_repetitions(asked, monkeypatch):
    monkeypatch.setattr(stages, "LEAST", 512)
    repetitions = [
        group_entropies(*layer(seed, 1.5, 64), CODES, 1200, np.random.default_rng(seed))
        for seed in range(60)
    ]
    assert sum(density is Density.CHEAP for density, _ in asked) > 60
    for name in ("everywhere", "given", "information"):
        parts = [getattr(repetition, name) for repetition in repetitions]
        ratio = np.var([part.value for part in parts], ddof=1)
        ratio /= np.mean([part.variance for part in parts])
        assert 0.5 < ratio < 1.8  # a variance from 60 repetitions is known to 18 %


def test_few_inputs_with_many_propagations_by_a_tree_each():
    """Against what is known of them: S given the input is N(x, 4 I)."""
    random = np.random.default_rng(0)
    middle = 10 * np.arange(3)[:, None, None]
    centres, fresh = (middle + 2 * random.normal(size=(3, 3000, 2)) for _ in range(2))
    entropy = entropy_given_few_inputs(centres, fresh, 6000, random)
    error = math.sqrt(entropy.variance)
    for value in (entropy.value, entropy.half, entropy.above):
        assert value == pytest.approx(1 + math.log(5), abs=5 * error)
    assert error < 0.03
