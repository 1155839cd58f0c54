from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.information import Estimate
from ib_mlflow.units import text_of
from projects.resnet import sample_claims
from projects.resnet.draws import NUMBERS
from projects.resnet.resnet_samples import Configuration
from projects.resnet.samples import Draws
from projects.resnet.way import ChosenWay

JUDGED = Estimate(0.5, 0.01, "point", 100)


@pytest.fixture
def draws_of():
    """Makes what was drawn: by layer and number the level at each of three epochs."""

    def build(**levels):
        configuration = Configuration.parse(
            ["--scale", "toy", "--encoders", "5", "--layers", ",".join(levels)]
        )
        generator = np.random.default_rng(0)
        numbers = {
            (layer, number): np.array(level)[None, :, None]
            + 0.01 * generator.normal(size=(5, 1, 1))
            + 0.02 * generator.normal(size=(5, 3, 50))
            for layer, level in levels.items()
            for number in NUMBERS
        }
        evaluation = SimpleNamespace(inputs=np.zeros((50, 1, 8, 8), np.uint8))
        parts = SimpleNamespace(evaluation=evaluation, levels=2)
        sample = np.zeros((2, 2, 1, 8, 8), np.uint8)
        shown = {(layer, epoch): sample for layer in levels for epoch in configuration.sampled}
        converged = dict.fromkeys(levels, (5, 5))
        chosen = ChosenWay("scratch")
        return Draws(configuration, parts, numbers, shown, JUDGED, converged, chosen)

    return build


def test_samples_that_vary_more_at_the_end(draws_of):
    draws = draws_of(h2=(0.5, 0.3, 0.4), h3=(0.5, 0.3, 0.4), h4=(0.3, 0.5, 0.4))
    h3, h4 = sample_claims.with_a_peak(draws)
    assert (h3.name, h4.name) == ("h3", "h4")
    assert sample_claims.vary_more(h3).verdict == "agrees"
    assert sample_claims.colours_vary_more(h3).verdict == "agrees"
    assert sample_claims.vary_more(h4).verdict == "disagrees"
    assert sample_claims.within_their_class(h3).verdict == "disagrees"
    assert sample_claims.within_their_class(h4).verdict == "agrees"


def test_the_end_of_fitting_is_the_measured_epoch_next_to_the_papers(draws_of):
    draws = draws_of(h3=(0.5, 0.3, 0.4))
    assert sample_claims.peak_of(draws) == 1
    paper = Configuration.parse(["--scale", "paper"])
    assert sample_claims.peak_of(SimpleNamespace(configuration=paper)) == 10


def test_two_epochs_have_no_peak():
    two = Configuration.parse(["--scale", "toy", "--sampled", "0,2"])
    draws = Draws(two, None, {}, {}, JUDGED, {}, ChosenWay("scratch"))
    assert sample_claims.with_a_peak(draws) == []
    assert [layer.name for layer in sample_claims.late_layers(draws)] == ["h3", "h4"]


def test_everything_is_in_the_table_and_the_pictures(draws_of):
    draws = draws_of(h2=(0.5, 0.3, 0.4), h4=(0.3, 0.5, 0.4))
    lines = sample_claims.number_table(draws).markdown().splitlines()
    assert len(lines) == 2 + 2 * 3
    (line,) = (line for line in lines if line.startswith("| h4 | 1 |"))
    assert float(line.split("|")[3].split()[0]) == pytest.approx(0.5, abs=0.02)
    pictures = sample_claims.draw_samples_of_layers(draws)
    assert set(pictures) == {"samples_h2.png", "samples_h4.png", "diversity.png"}
    titles = [axes.get_title(loc="left") for axes in pictures["samples_h2.png"].axes]
    assert titles == ["images", "h2, no learning", "h2, epoch 1", "h2, epoch 2"]


def test_samples_of_decoders_that_have_not_converged_decide_nothing(draws_of):
    draws = draws_of(h3=(0.5, 0.3, 0.4))
    (h3,) = sample_claims.with_a_peak(replace(draws, converged={"h3": (4, 5)}))
    for judge in (sample_claims.vary_more, sample_claims.within_their_class):
        judgement = judge(h3)
        assert judgement.verdict == "undecided"
        assert "1 of 5 decoders have not converged" in text_of(judgement.words)
