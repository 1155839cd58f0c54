from dataclasses import replace

import numpy as np
import pytest
from torch import nn

from ib_mlflow.information import decoder_information
from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.running.fits import FittedNetwork
from ib_mlflow.units import text_of
from projects.inversion.dynamics import Place
from projects.inversion.dynamics_claims import bounds_table, draw_bounds, warm_table
from projects.inversion.inversion_dynamics import STUDY

STAGES = (0, 100, 100_000)
NETWORKS = ("normal", "overfitted")


def judged(dynamics):
    """Verdict and words of each claim about FC3: the rise, the fall, the overfitted network."""
    findings = {finding.claim: finding for finding in findings_of(STUDY.claims, dynamics)}
    claims = ("the bound rises at first", "and falls again")
    claims += ("the overfitted network keeps considerably more in the end",)
    return [
        (finding.verdict, text_of(finding.words))
        for finding in (findings[f"FC3: {claim}"] for claim in claims)
    ]


def with_curve(dynamics, levels, stages=STAGES):
    """The same with another curve of the normal network; what makes an image hard stays."""
    terms = dict(dynamics.information.terms)
    for updates, level in zip(stages, levels, strict=True):
        name = Place("normal", "FC3", updates).name
        terms[name] = terms[name] - terms[name].mean() + level
    information = decoder_information(terms, dimensions=196)
    return replace(dynamics, information=information, stages=stages)


def test_a_rise_and_a_fall_are_found(dynamics):
    rise, fall, overfitted = judged(dynamics)
    assert (rise[0], fall[0], overfitted[0]) == ("agrees",) * 3
    assert "highest after 100 updates" in rise[1]
    assert "-" not in fall[1].split(" nats")[0]


@pytest.mark.parametrize(
    ("levels", "rise", "fall"),
    [
        ((-60.0, -40.0, -50.0), 20, 10),
        ((-60.0, -50.0, -40.0), 20, -10),
        ((-40.0, -50.0, -60.0), -10, 20),
        ((-50.0, -60.0, -40.0), 10, -10),
    ],
)
def test_every_curve_gets_numbers_with_errors(dynamics, levels, rise, fall):
    changed = with_curve(dynamics, levels)
    for (verdict, words), change in zip(judged(changed)[:2], (rise, fall), strict=True):
        assert float(words.split()[0]) == pytest.approx(change, abs=0.3)
        assert verdict == ("agrees" if change > 0 else "disagrees")
        assert "[0.000, 0.000]" not in words


def test_two_stages_either_rise_or_fall(dynamics):
    rise, fall, _ = judged(with_curve(dynamics, (-60.0, -40.0), STAGES[:2]))
    # What has not fallen after 100 updates may do so up to the paper's 100,000.
    assert (rise[0], fall[0]) == ("agrees", "undecided")
    assert fall[1].endswith(
        "Training ended at update 100, the paper's end of Fig. 5b comes at 100,000: undecided."
    )


def test_the_choice_of_the_highest_stage_does_not_flatter(dynamics):
    # A flat curve of many stages: the highest of them is so by chance, and the rise to it zero.
    stages = tuple(range(12))
    changes = []
    for seed in range(200):
        generator = np.random.default_rng(seed)
        terms = {
            Place(network, "FC3", updates).name: generator.normal(-50, 1, 100)
            for network in NETWORKS
            for updates in stages
        }
        information = decoder_information(terms, dimensions=196)
        flat = replace(dynamics, information=information, stages=stages)
        changes.append([float(words.split()[0]) for _, words in judged(flat)[:2]])
    # The error of each is that of a difference of two means of 100 images; over 200 curves.
    assert (np.abs(np.mean(changes, axis=0)) < 4 * np.sqrt(2 / 100 / 200)).all()


def test_every_layer_is_judged_under_its_own_name(dynamics):
    terms = dict(dynamics.information.terms)
    for network in NETWORKS:
        for updates in STAGES:
            own = terms[Place(network, "FC3", updates).name]
            terms[Place(network, "LOGITS", updates).name] = -own
    information = decoder_information(terms, dimensions=196)
    for layers in (("FC3", "LOGITS"), ("LOGITS", "FC3")):
        both = replace(dynamics, information=information, layers=layers)
        verdicts = {finding.claim: finding.verdict for finding in findings_of(STUDY.claims, both)}
        assert (
            verdicts["FC3: the overfitted network keeps considerably more in the end"] == "agrees"
        )
        assert (
            verdicts["LOGITS: the overfitted network keeps considerably more in the end"]
            == "disagrees"
        )


def test_everything_is_in_the_table_and_the_curves(dynamics):
    lines = bounds_table(dynamics).markdown("nats").splitlines()
    assert len(lines) == 2 + 6
    for place in dynamics.places:
        start = f"| {place.network} | {place.layer} | {place.updates} |"
        (line,) = (line for line in lines if line.startswith(start))
        assert f"{dynamics.bound(place).value:.3f} nats" in line
    (axes,) = draw_bounds(dynamics).axes
    assert len([line for line in axes.lines if not line.get_label().startswith("_")]) == 2


def test_the_price_of_a_warm_start_is_paired(dynamics):
    place = Place("normal", "FC3", 100)
    difference = dynamics.information.difference(place.warm_name, place.name)
    assert difference.value == pytest.approx(-1, abs=0.3)
    assert f"{difference.value:.3f} nats" in warm_line(dynamics, {0: 50.0, 40: 45.0})


def warm_line(dynamics, losses):
    """The line of the table with these held-out losses from a warm start, by update."""

    def fitted(losses):
        best = min(losses, key=losses.get)
        return FittedNetwork(nn.Identity(), {}, max(losses), best, losses)

    place = Place("normal", "FC3", 100)
    scratch = fitted({0: 150.0, 25: 60.0, 50: 42.0, 75: 41.0, 100: 41.5})
    warm = replace(dynamics, decoders={place: scratch}, warm={place: fitted(losses)})
    return warm_table(warm).markdown("nats").splitlines()[-1]


@pytest.mark.parametrize(
    ("losses", "reached"),
    [
        ({0: 60.0, 25: 43.0, 50: 40.0}, 50),
        ({0: 60.0, 25: 41.0, 50: 40.0}, 25),
        ({0: 40.0, 25: 39.0}, 0),
        ({0: 60.0, 25: 44.0, 50: 43.0}, "not within 50"),
    ],
)
def test_what_a_warm_start_saves_is_measured(dynamics, losses, reached):
    assert warm_line(dynamics, losses).endswith(f"| 41.000 nats | 75 | {reached} |")
