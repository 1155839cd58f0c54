import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging.crossed import crossed, crossed_mean, crossed_within
from ib_mlflow.units import text_of


def drawn(generator, e=5, n=60, networks=1.0, images=1.0, rest=1.0):
    """Terms of networks and images that both vary, of mean zero."""
    return (
        networks * generator.normal(size=(e, 1))
        + images * generator.normal(size=(1, n))
        + rest * generator.normal(size=(e, n))
    )


@pytest.mark.parametrize(
    ("networks", "images"), [(0.0, 1.0), (0.02, 1.0), (1.0, 0.0), (0.3, 3.0), (0.0, 0.0)]
)
def test_the_interval_covers_whatever_varies(networks, images):
    generator = np.random.default_rng(0)
    tries = 1500
    covered = 0
    for _ in range(tries):
        interval = crossed_mean(drawn(generator, networks=networks, images=images))
        covered += interval.low <= 0 <= interval.high
    # At least 95 %, but for four standard errors of a share from so many tries.
    assert covered / tries > 0.95 - 4 * np.sqrt(0.95 * 0.05 / tries)


def test_what_networks_alone_would_decide_is_left_open_where_images_vary():
    generator = np.random.default_rng(1)
    terms = drawn(generator, n=20, networks=0.0, images=3.0, rest=0.01)
    terms += 0.5 - terms.mean()
    assert np.ptp(terms.mean(axis=1)) < 0.05
    assert crossed(terms).verdict == "undecided"
    assert crossed(terms + 10).verdict == "agrees"
    assert crossed(terms - 10).verdict == "disagrees"


def test_few_networks_decide_nothing_and_show_their_values():
    judgement = crossed(5 + drawn(np.random.default_rng(0), e=4, networks=0.1))
    assert judgement.verdict == "undecided"
    assert "no interval from so few" in text_of(judgement.words)


def test_copies_of_one_number_network_or_image_are_no_sample():
    row = np.random.default_rng(0).normal(5, 1, 10)
    network, image = np.tile(row, (6, 1)), np.tile(row[:6, None], 10)
    for terms in (np.ones((6, 10)), np.zeros((6, 10)), network, image):
        assert crossed(terms).verdict == "undecided"
        assert crossed_within(terms, 0.1).verdict == "undecided"
        assert crossed_within(terms, 100.0).verdict == "undecided"


@pytest.mark.parametrize(("e", "n"), [(5, 2), (20, 2), (20, 8), (5, 40)])
def test_few_images_are_as_few_as_few_networks(e, n):
    """Images of mean zero, and networks that hardly differ: an easy image is no effect."""
    generator, tries = np.random.default_rng(n), 1500
    draws = [drawn(generator, e, n, networks=0.0, rest=0.1) for _ in range(tries)]
    decided = [crossed(terms) for terms in draws]
    share = np.mean([judged.verdict != "undecided" for judged in decided])
    assert share <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / tries)
    assert np.mean([judged.p_value <= 0.05 for judged in decided]) == share


@pytest.mark.parametrize(
    ("level", "verdict"), [(0.0, "agrees"), (0.3, "undecided"), (2.0, "disagrees")]
)
def test_equality_needs_the_whole_interval_inside(level, verdict):
    terms = level + 0.02 * drawn(np.random.default_rng(3), networks=1.0)
    assert crossed_within(terms, 0.2).verdict == verdict
    assert crossed_within(-terms, 0.2).verdict == verdict


@pytest.mark.parametrize("terms", [np.ones(5), np.ones((5, 1)), np.full((5, 4), np.nan)])
def test_other_terms_are_refused(terms):
    with pytest.raises(InvalidInputError, match="finite numbers"):
        crossed(terms)
