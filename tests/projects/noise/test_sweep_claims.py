"""Which networks each claim of the sweep is of, and where it is filed."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.studies.running.groups import Condition
from projects.noise.claims import accuracies, bulk_is_gone
from projects.noise.paper import HIDDEN
from projects.noise.readings import NoiseReadings, Regularisation
from projects.noise.saturation_claims import counted_pairs
from projects.noise.sweep_claims import CLAIMS

CONDITIONS = [
    Condition(beta, strength) for beta in (0.005, 0.01, 0.1) for strength in (0.0, 1e-5, 5e-5)
]


@pytest.fixture
def readings(noisy_group):
    rise = np.array([1.0, 3.0, 3.0, 3.0, 3.0])
    groups = [noisy_group(rise, rise, condition=condition) for condition in CONDITIONS]
    return NoiseReadings(SimpleNamespace(configuration=SimpleNamespace(hidden=(3, 2))), groups)


def named(subject):
    """The names of the groups that a claim is judged of."""
    if isinstance(subject, Regularisation):
        return subject.free.name, subject.regularised.name
    return tuple(each.name for each in subject) if isinstance(subject, tuple) else (subject.name,)


def test_a_figure_has_claims_of_its_own_noise_and_strength_only(readings):
    of_figure = {"5a": "0.005", "5b": "0.005", "6a": "0.005", "6b": "0.005", "10a": "0.01"}
    for claim in CLAIMS:
        for figure, beta in of_figure.items():
            if f"Fig. {figure}" not in claim.where or claim.where.startswith("Beyond"):
                continue
            for subject in claim.of(readings):
                names = named(subject)
                assert f"beta={beta}" in {name.split(", ")[1] for name in names}, claim.words
                assert not any("orthonormality=" in name for name in names), claim.words


def test_what_other_noise_and_strengths_do_is_beyond_the_paper(readings):
    beyond = {
        claim.words: [named(subject) for subject in claim.of(readings)]
        for claim in CLAIMS
        if claim.where.startswith("Beyond the paper")
    }
    taken = next(names for words, names in beyond.items() if "bulk of compression away" in words)
    weak = ("tanh, beta=0.005", "tanh, beta=0.005, orthonormality=1e-05")
    assert weak in taken
    assert ("tanh, beta=0.005", "tanh, beta=0.005, orthonormal") not in taken
    assert len(taken) == 5


@pytest.mark.parametrize(
    ("lost", "left", "verdict"),
    [
        (3.0, 0.2, "agrees"),
        (3.0, 0.6, "undecided"),  # more than an eighth, less than a quarter
        (3.0, 1.2, "undecided"),  # less than a half
        (3.0, 1.8, "disagrees"),
        (3.0, 2.9, "disagrees"),
        (0.0, 0.0, "undecided"),
        (0.0, -1.0, "undecided"),  # what is not there cannot be taken away
    ],
)
def test_the_bulk_is_gone_where_a_small_part_is_left(noisy_group, lost, left, verdict):
    rise, shift = np.array([1.0, 5.0, 5.0, 5.0, 5.0]), np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    free = noisy_group(rise + 5, rise - lost * shift)
    own = noisy_group(rise + 5, rise - left * shift, condition=Condition(0.005, 5e-5))
    assert bulk_is_gone(Regularisation(free, own)).verdict == verdict


def test_accuracy_and_saturation_of_fig_5b_are_of_its_strength(noisy_group):
    rise = np.array([1.0, 3.0, 3.0, 3.0, 3.0])
    groups = [
        replace(noisy_group(rise, rise, condition=Condition(0.005, at)), saturation="counted")
        for at in (0.0, 1e-7, 5e-5)
    ]
    configuration = SimpleNamespace(configuration=SimpleNamespace(hidden=HIDDEN))
    readings = NoiseReadings(configuration, groups)
    assert [of.regularised.name for of in counted_pairs(readings)] == [groups[2].name]
    assert [of.name for of in accuracies(readings)] == [groups[0].name, groups[2].name]
