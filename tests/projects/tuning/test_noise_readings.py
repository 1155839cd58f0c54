"""What is chosen of a search over noise, and how small β may be, of trials that were never run."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.reporting.scalars import ERROR, UNKNOWN
from ib_mlflow.tuning.scores import Scored
from ib_mlflow.units import text_of
from projects.tuning.noise_configuration import LOSS
from projects.tuning.noise_readings import (
    NoiseSearch,
    backs_off,
    noise_figures,
    small_noise_is_lost,
)


@pytest.fixture
def search():
    """A search whose trials have these β, losses, errors, and reliable estimates."""

    def build(
        betas, losses, errors, *, feasible=True, se=0.01, unknown=0.2, networks=5, unit="nats"
    ):
        count = len(betas)
        table = pd.DataFrame(
            {
                "number": range(count),
                "betas": [repr(beta) for beta in betas],
                LOSS: losses,
                ERROR: errors,
                f"{LOSS} se": se,
                UNKNOWN: np.broadcast_to(unknown, count),
                "feasible": np.broadcast_to(feasible, count),
            }
        )
        scores = zip(losses, np.broadcast_to(se, count), strict=True)
        scored = [Scored(n, {}, *of, networks - 1) for n, of in enumerate(scores)]
        searched = SimpleNamespace(complete=table, scored=lambda: scored)
        return NoiseSearch(SimpleNamespace(accuracy=0.4, unknown=0.5, unit=unit), searched, {})

    return build


BETAS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5]


def test_of_losses_that_cannot_be_told_apart_the_one_with_the_least_unknown_is_chosen(search):
    unknown = [0.3, 0.1, 0.01]
    assert search([0.01, 0.1, 0.3], [0.2, 0.205, 0.3], [0.3] * 3, unknown=unknown).chosen == 1
    assert search([0.01, 0.1, 0.3], [0.2, 0.25, 0.3], [0.3] * 3, unknown=unknown).chosen == 0


def test_what_is_not_reliable_or_too_far_off_is_not_chosen(search):
    feasible = [False, True, True]
    assert search([0.01, 0.1, 0.3], [0.2, 0.25, 0.3], [0.3] * 3, feasible=feasible).chosen == 1
    assert search([0.01, 0.1, 0.3], [0.2, 0.25, 0.3], [0.5, 0.3, 0.3]).chosen == 1
    nothing = search([0.01, 0.1], [0.2, 0.3], [0.1, 0.2], feasible=False)
    assert nothing.chosen is None


def test_layers_that_know_all_of_x_with_no_error_are_not_chosen(search):
    saturated = search([0.001, 0.1], [0.1, 0.2], [1e-6, 0.2], unknown=[0.9, 0.2])
    assert saturated.chosen == 1
    everywhere = search([0.001, 0.002], [0.1, 0.2], [1e-6] * 2, unknown=0.9)
    assert everywhere.chosen is None
    judgement = small_noise_is_lost(search(BETAS, [0.2] * 8, BETAS, unknown=[0.9] * 5 + [0.1] * 3))
    assert judgement.verdict == "undecided"


def test_one_network_a_trial_has_no_error_to_stay_within(search):
    assert search([0.01, 0.1], [0.2, 0.2001], [0.3, 0.1], se=np.nan).chosen == 0


def test_errors_that_rise_as_noise_falls_agree(search):
    falling = search(BETAS, [0.2] * 8, [2.0, 1.5, 1.0, 0.6, 0.3, 0.2, 0.1, 0.05])
    judgement = small_noise_is_lost(falling)
    assert judgement.verdict == "agrees"
    assert "worth something is 0.1, and the largest without one 0.03" in judgement.words[0]


def test_errors_that_fall_with_the_noise_disagree_and_chance_is_undecided(search):
    assert small_noise_is_lost(search(BETAS, [0.2] * 8, BETAS)).verdict == "disagrees"
    generator = np.random.default_rng(0)
    verdicts = [
        small_noise_is_lost(search(BETAS, [0.2] * 8, generator.uniform(0.1, 1, 8))).verdict
        for _ in range(400)
    ]
    wrong = np.mean([verdict != "undecided" for verdict in verdicts])
    assert wrong < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 400)


def test_few_trials_decide_nothing(search):
    assert small_noise_is_lost(search([0.1, 0.2, 0.3], [0.2] * 3, [3, 2, 1])).verdict == "undecided"


def test_noise_is_raised_where_the_best_loss_has_no_estimate_to_speak_of(search):
    judgement = backs_off(search([0.005, 0.1], [0.1, 0.2], [1.0, 0.1]))
    assert judgement.verdict == "agrees"
    assert backs_off(search([0.1, 0.005], [0.1, 0.2], [0.1, 1.0])).verdict == "undecided"
    close = search([0.005, 0.1], [0.19, 0.2], [1.0, 0.1], se=0.02)
    assert backs_off(close).verdict == "undecided"
    assert backs_off(search([0.2, 0.1], [0.1, 0.2], [1.0, 0.1])).verdict == "undecided"


def test_every_trial_that_is_worth_something_must_lose_more(search):
    betas, losses, errors = [0.005, 0.1, 0.2], [0.1, 0.2, 0.25], [1.0, 0.1, 0.1]
    assert backs_off(search(betas, losses, errors)).verdict == "agrees"
    unsure = backs_off(search(betas, losses, errors, se=[0.01, 0.01, 0.2]))
    assert unsure.verdict == "undecided"
    assert "1 of 2 such trials cannot be told from the best" in text_of(unsure.words)


@pytest.mark.parametrize(("unit", "scale"), [("nats", 1.0), ("bits", 1 / np.log(2))])
def test_losses_and_errors_are_said_and_drawn_in_the_readers_unit(search, unit, scale):
    readings = search([0.005, 0.1], [0.1, 0.25], [1.5, 0.1], unit=unit)
    words = text_of(backs_off(readings).words, unit)
    assert f"lowest loss, {0.1 * scale:.4g} {unit}, at β = 0.005" in words
    assert f"with an error of {1.5 * scale:.4g} {unit}," in words
    assert f"which is {0.15 * scale:.4g} {unit} [" in words
    (other,) = {"nats", "bits"} - {unit}
    assert other not in words
    figure = noise_figures(readings)["noise.png"]
    labels = {axes.get_ylabel(): axes for axes in figure.axes}
    assert {f"validation loss [{unit}]", f"error of I(X;T) [{unit}]"} < set(labels)
    lines = labels[f"error of I(X;T) [{unit}]"].lines
    (dots,) = (line.get_ydata() for line in lines if len(line.get_ydata()) == 2)
    assert sorted(dots) == pytest.approx([0.1 * scale, 1.5 * scale])


@pytest.mark.parametrize(
    ("trials", "networks", "worth"), [(20, 2, 0.2), (20, 2, 0.5), (60, 2, 0.3), (20, 5, 0.2)]
)
def test_of_trials_that_lose_alike_none_is_backed_off_from(search, trials, networks, worth):
    """Both that are compared are the lowest of many: by the interval of one pair 13 % would."""
    generator = np.random.default_rng([trials, networks])
    repeats, wrong = 500, 0
    for _ in range(repeats):
        betas = np.exp(generator.uniform(np.log(0.001), np.log(0.5), trials))
        losses = generator.normal(0.1, 0.01, (trials, networks))
        judgement = backs_off(
            search(
                betas.tolist(),
                losses.mean(axis=1),
                np.full(trials, 0.1),
                feasible=betas > np.quantile(betas, 1 - worth),
                se=losses.std(axis=1, ddof=1) / np.sqrt(networks),
                networks=networks,
            )
        )
        wrong += judgement.verdict == "agrees"
    assert wrong / repeats <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repeats)
