"""Claims about the MNIST CNN on numbers whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.judging import all_hold
from ib_mlflow.units import text_of
from projects.noise.mnist_noise.claims import (
    by_noise,
    dropout_layers,
    inner_layers_less_like,
    input_is_injective,
    is_injective,
    is_like_its_twin,
    less_like_with_noise,
    like_their_twins,
    unit_slopes,
    units_compress,
)

MEMBERS = 6
LAYERS = (1, 2, 3, 4)


def similarities(rows):
    return pd.DataFrame(rows, columns=["version", "seed", "layer", "cosine", "unrelated"])


@pytest.mark.parametrize(("sign", "verdict"), [(1, "agrees"), (-1, "disagrees")])
def test_more_noise_means_less_similarity(versions_of, sign, verdict):
    table = similarities(
        (f"noisy, beta={beta}", seed, layer, 0.8 - sign * beta / 2 + 0.01 * seed * beta, 0.1)
        for beta in (0.5, 0.05)
        for seed in range(MEMBERS)
        for layer in LAYERS
    )
    for rows in (table, table[::-1]):
        readings = versions_of(["noisy, beta=0.5", "noisy, beta=0.05"], table=rows)
        (noises,) = by_noise(readings)
        (judgement,) = less_like_with_noise(noises)
        assert judgement.verdict == verdict
        assert "From β = 0.05 to 0.5." in text_of(judgement.words)


def test_an_increase_with_the_noise_is_one_at_every_step(versions_of):
    """The ends alone would agree."""
    levels = {0.05: 0.9, 0.1: 0.6, 0.5: 0.7}
    table = similarities(
        (f"noisy, beta={beta}", seed, layer, level + 0.01 * seed * beta, 0.1)
        for beta, level in levels.items()
        for seed in range(MEMBERS)
        for layer in LAYERS
    )
    (noises,) = by_noise(versions_of([f"noisy, beta={beta}" for beta in levels], table=table))
    judged = less_like_with_noise(noises)
    assert [of.verdict for of in judged] == ["agrees", "disagrees"]
    assert all_hold(judged).verdict == "disagrees"


@pytest.mark.parametrize(
    ("cosine", "verdict"), [(0.40, "undecided"), (0.6, "undecided"), (0.95, "agrees")]
)
def test_a_little_more_alike_than_unrelated_networks_is_not_quite_large(
    versions_of, cosine, verdict
):
    table = similarities(
        ("dropout", seed, layer, cosine + 0.001 * seed, 0.37)
        for seed in range(MEMBERS)
        for layer in LAYERS
    )
    (likeness,) = like_their_twins(versions_of(["dropout"], table=table))
    assert all_hold(is_like_its_twin(likeness)).verdict == verdict


def test_one_noise_is_no_rise(versions_of):
    rows = [("noisy, beta=0.5", 0, layer, 0.9, 0.1) for layer in LAYERS]
    assert by_noise(versions_of(["noisy, beta=0.5"], table=similarities(rows))) == []


def test_nothing_is_said_of_other_seeds_where_there_are_none(versions_of):
    table = similarities(("dropout", 0, layer, 0.9, np.nan) for layer in LAYERS)
    assert like_their_twins(versions_of(["dropout"], table=table)) == []
    (likeness,) = like_their_twins(versions_of(["dropout"], table=table.assign(unrelated=0.1)))
    assert likeness.name == "dropout"


def test_versions_are_held_against_other_seeds(versions_of):
    table = similarities(
        (version, seed, layer, cosine + 0.01 * seed, 0.4)
        for version, cosine in (("dropout", 0.9), ("noisy, beta=0.1", 0.1), ("noisy, beta=0.5", 1))
        for seed in range(MEMBERS)
        for layer in LAYERS
    )
    readings = versions_of(["noisy, beta=0.5", "dropout", "noisy, beta=0.1"], table=table)
    verdicts = {
        likeness.name: all_hold(is_like_its_twin(likeness)).verdict
        for likeness in like_their_twins(readings)
    }
    assert verdicts == {"dropout": "agrees", "noisy, beta=0.1": "disagrees"}


@pytest.mark.parametrize(("lower", "verdict"), [((2, 3), "agrees"), ((1, 4), "disagrees")])
def test_inner_layers_may_be_less_like(versions_of, lower, verdict):
    table = similarities(
        ("dropout", seed, layer, 0.9 + 0.001 * seed * layer**2 - 0.3 * (layer in lower), 0.1)
        for seed in range(12)
        for layer in LAYERS
    )
    table.loc[table["seed"] == 2, "cosine"] = np.nan
    judgement = inner_layers_less_like(versions_of(["dropout"], table=table))
    assert judgement.verdict == verdict
    assert "1 of 12 diverged, counted against" in text_of(judgement.words)


@pytest.mark.parametrize(("entropy", "verdict"), [(6.8999, "agrees"), (6.5, "disagrees")])
def test_the_input_in_two_bins_stands_beside_the_layers(versions_of, plane, entropy, verdict):
    readings = versions_of(planes={"dropout": plane(np.zeros(MEMBERS))}, input_entropy=entropy)
    judgement = input_is_injective(readings)
    assert judgement.verdict == verdict
    assert "9.209 nats of 9.210 nats" in text_of(judgement.words)
    assert "13.286 bits" in text_of(judgement.words, "bits")
    (layer,) = dropout_layers(readings)
    assert is_injective(layer).verdict == "disagrees"


def test_falling_slopes_agree_and_rising_ones_do_not(versions_of):
    rng = np.random.default_rng(0)
    rows = [
        (size, member, unit, slope + spread * rng.normal())
        for size, slope, spread in (
            (0.1, 0.003, 5e-4),
            (0.01, -0.003, 5e-4),
            (0.02, -0.001, 5e-4),
            (0.03, -0.01, 2e-3),
        )
        for member in range(MEMBERS)
        for unit in range(50)
    ]
    table = pd.DataFrame(rows, columns=["bin_size", "member", "unit", "slope"])
    judgements = {
        of.bin_size: all_hold(units_compress(of)) for of in unit_slopes(versions_of(slopes=table))
    }
    assert {size: judgement.verdict for size, judgement in judgements.items()} == {
        0.01: "agrees", 0.02: "disagrees", 0.03: "disagrees", 0.1: "disagrees",
    }  # fmt: skip
    assert "the paper's 0.003 bits per epoch" in text_of(judgements[0.01].words, "bits")


@pytest.mark.parametrize(
    ("falling", "verdict"), [((30, 30), "agrees"), ((20, 20), "disagrees"), ((30, 20), "undecided")]
)
def test_a_mean_that_falls_is_no_fall_of_most_units(versions_of, falling, verdict):
    """Some of 50 units fall by ten times what the others rise by, on average far below 0."""
    rows = [
        (0.1, member, unit, -0.01 if unit < falling[member % 2] else 0.001 + 1e-6 * member)
        for member in range(MEMBERS)
        for unit in range(50)
    ]
    table = pd.DataFrame(rows, columns=["bin_size", "member", "unit", "slope"])
    falls, of_most, *_ = units_compress(*unit_slopes(versions_of(slopes=table)))
    assert (falls.verdict, of_most.verdict) == ("agrees", verdict)
    share = np.mean(falling) / 50
    assert f"Of the units of a network fall {share:.2f}" in text_of(of_most.words)
