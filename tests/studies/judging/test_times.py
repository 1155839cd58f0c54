"""Claims about when something happens, beside trainings that end too soon."""

import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.judging.times import at_rest, happens_about, settled
from ib_mlflow.units import text_of

EIGHT = np.linspace(0.9, 1.1, 8)
TWELVE = np.linspace(0.9, 1.1, 12)


@pytest.mark.parametrize(
    ("times", "last", "verdict"),
    [
        (1000 * EIGHT, 1e5, "agrees"),
        (30 * EIGHT, 1e5, "disagrees"),
        (30_000 * EIGHT, 1e5, "disagrees"),
        # Beyond a factor of 2 by less than its own square: it hangs on the factor.
        (3000 * EIGHT, 1e5, "undecided"),
        # It has not happened, and training went beyond the factor, or only up to it.
        ([np.inf] * 8, 1e5, "disagrees"),
        ([np.inf] * 8, 1500, "undecided"),
        ([np.inf] * 8, 100, "undecided"),
        # Twelve of thirteen are enough, whichever the last would have been.
        ([*(1000 * TWELVE), np.inf], 1500, "agrees"),
        ([*(1000 * EIGHT[:4]), *[np.inf] * 4], 1500, "undecided"),
        # Too early in all that have reached it, while the others are still on their way.
        ([*(30 * TWELVE), np.inf, np.inf], 1500, "disagrees"),
        ([1000.0] * 5, 1e5, "undecided"),
    ],
)
def test_what_has_not_happened_yet_is_no_evidence(times, last, verdict):
    assert happens_about(times, 1e3, last=last).verdict == verdict


def test_words_say_when_and_how_far_training_went():
    words = text_of(happens_about([*(1000 * EIGHT), np.inf], 1e3, last=1500).words)
    assert "At epoch 1000" in words
    assert "in 8 of 9 networks, by epoch 1,500 not in the others." in words


def test_a_diverged_network_counts_against_either_verdict():
    holds = happens_about([*(1000 * EIGHT), *[np.nan] * 8], 1e3, last=1e5)
    assert holds.verdict == "undecided"
    assert "8 of 16 diverged" in text_of(holds.words)


def test_rest_is_read_of_the_second_half_alone():
    epochs = np.array([0, 10, 50, 90, 100])
    curves = np.array([[0, 9, 10, 10.5, 10], [0, 1, 5, 9, 10], [0, 9, 10, 12, 10.0]])
    assert settled(curves, epochs).tolist() == [1, 0, 0]
    # Of epochs far apart the last one before the half counts too.
    assert settled([[0, 5, 10.0]], [0, 10, 1000]).tolist() == [0]
    assert np.isnan(settled([[0, 1, 1, 1, np.nan]], epochs)).all()


def test_only_a_training_that_came_to_its_end_is_judged_by_it():
    judged = Judgement("disagrees", ("It is so.",), 0.01)
    assert at_rest(judged, [1, 1, 0], last=100) is judged
    half = at_rest(judged, [1, 0], last=100)
    assert (half.verdict, half.p_value) == ("undecided", None)
    open_already = Judgement("undecided", ("It is so.",), 0.5)
    assert at_rest(open_already, [0, 0], last=100) is open_already


def test_what_stays_flat_rests_and_what_drifts_does_not():
    epochs = np.arange(101)
    jitter = np.random.default_rng(3).uniform(-0.02, 0.02, (4, 101))
    flat, drifting = 1 + jitter, 1 + jitter + 0.01 * epochs
    # A single count at ln n: exactly flat but for one step, late.
    step = np.where(epochs < 90, 0.0, -0.001)[None]
    assert settled(flat, epochs).tolist() == [0] * 4
    assert settled(flat, epochs, least=0.05).tolist() == [1] * 4
    assert settled(drifting, epochs, least=0.05).tolist() == [0] * 4
    assert (settled(step, epochs), settled(step, epochs, least=0.05)) == ([0], [1])


def test_epochs_that_cannot_be_are_refused():
    with pytest.raises(InvalidInputError, match="measured epochs ascend"):
        settled(np.ones((1, 4)), [8, 4, 2, 1])
    with pytest.raises(InvalidInputError, match="measured epochs ascend"):
        settled(np.ones((1, 3)), [0, 5, 5])
    with pytest.raises(InvalidInputError, match="epoch 500 of training that ended at 100"):
        happens_about([500, np.inf, np.nan, 20, 20, 20], 28, last=100)
