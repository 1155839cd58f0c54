from dataclasses import replace

import numpy as np
import pytest

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.trajectory import Trajectory
from projects.planes import leaky_claims
from projects.planes.leaky_claims import CLAIMS
from projects.planes.leaky_readings import BINS, COARSE, FINE, Pair, leaky_tables, pairs_of

FALLS, STAYS = [1, 5, 5, 2], [1, 4, 5, 5]


@pytest.fixture
def pair(plane, trained):
    """ReLU and leaky ReLU networks of a task, each with its curves and scores."""

    def build(relu=FALLS, leaky=STAYS, *, fine=(6.0, 8.0), accuracy=(0.9, 0.95), lost=()):
        ensembles = []
        for place, (name, curve) in enumerate({"relu": relu, "leaky_relu": leaky}.items()):
            coarse = scored(plane(curve, curve, lost=lost), accuracy[place])
            whole = [fine[place]] * 4
            finely = scored(plane(whole, whole, lost=lost, setting="1e-06"), accuracy[place])
            groups = {
                f"szt {name}": ({BINS: COARSE}, coarse),
                f"szt {name}, fine bins": ({BINS: FINE}, finely),
            }
            ensembles.append(trained(f"szt {name}", (name,), groups))
            labels = np.arange(10) % 2
            ensembles[-1].spec.task.train_set = type("Part", (), {"labels": labels})
        # In the other order: no position says which network is which.
        return Ensembles(None, ensembles[::-1])

    return build


def scored(plane, accuracy):
    shift = np.linspace(-0.001, 0.001, len(plane.members))
    scores = accuracy * (1 + shift[plane.frame["member"]])
    columns = {"val_accuracy": scores, "train_accuracy": scores, "val_loss": 1 - scores}
    frame = plane.frame.assign(**columns)
    frame.loc[frame["i_x"].isna(), list(columns)] = np.nan
    frame["train_loss"] = frame["val_loss"].where(frame["epoch"] > 0, 0.7)
    return Trajectory(frame, plane.guides)


def verdicts(readings):
    return {finding.claim: finding.verdict for finding in findings_of(CLAIMS, readings)}


@pytest.mark.parametrize(
    ("accuracy", "verdict"), [((0.9, 0.95), "agrees"), ((0.95, 0.9), "disagrees")]
)
def test_generalisation_is_compared_between_the_activations(pair, accuracy, verdict):
    (networks,) = pairs_of(pair(accuracy=accuracy))
    assert (networks.relu.name, networks.leaky.name) == ("szt relu", "szt leaky_relu")
    assert leaky_claims.more_accurate(networks).verdict == verdict
    assert leaky_claims.lower_loss(networks).verdict == verdict


def test_compression_of_each_and_between_them(pair):
    (networks,) = pairs_of(pair())
    assert leaky_claims.compresses_somewhere(networks.relu).verdict == "agrees"
    assert leaky_claims.compresses_somewhere(networks.leaky).verdict == "undecided"
    assert leaky_claims.does_not_compress(networks.leaky).verdict == "agrees"
    assert leaky_claims.does_not_compress(networks.relu).verdict == "disagrees"
    assert leaky_claims.compresses_less(networks).verdict == "agrees"
    (swapped,) = pairs_of(pair(relu=STAYS, leaky=FALLS))
    assert leaky_claims.compresses_less(swapped).verdict == "disagrees"


@pytest.mark.parametrize(
    ("relu", "accuracy", "verdict"),
    [(FALLS, (0.9, 0.95), "agrees"), (FALLS, (0.95, 0.9), "disagrees"),
     ([1, 2, 9, 9], (0.9, 0.95), "disagrees")],
)  # fmt: skip
def test_generalising_without_compression_takes_both(pair, relu, accuracy, verdict):
    (networks,) = pairs_of(pair(relu=relu, accuracy=accuracy))
    assert leaky_claims.generalises_without(networks).verdict == verdict


def test_fine_bins_tell_what_is_invertible(pair):
    (networks,) = pairs_of(pair(fine=(6.0, 7.99)))
    assert leaky_claims.loses_in_the_bin(networks.relu).verdict == "agrees"
    assert leaky_claims.loses_in_the_bin(networks.leaky).verdict == "disagrees"
    assert leaky_claims.stays_invertible(networks.leaky).verdict == "agrees"
    assert leaky_claims.stays_invertible(networks.relu).verdict == "disagrees"


@pytest.mark.parametrize(
    ("relu", "accuracy", "verdict"),
    [([1, 1, 0.5, 0.0], 0.5, "agrees"), ([1, 2, 3, 3], 0.5, "disagrees"),
     ([1, 2, 3, 3], 0.9, "undecided")],
)  # fmt: skip
def test_only_the_dead_are_asked_what_they_know(pair, relu, accuracy, verdict):
    (networks,) = pairs_of(pair(relu=relu, accuracy=(accuracy, 0.95)))
    assert leaky_claims.the_dead_know_nothing(networks.relu).verdict == verdict


def test_members_that_diverged_are_left_out(pair):
    readings = pair(lost=(0, 3))
    findings = findings_of(CLAIMS, readings)
    assert len(findings) == len(CLAIMS)
    assert all("2 of 12 diverged" in str(finding.words) for finding in findings[:2])
    assert not any("nan" in str(finding.words) for finding in findings[:-1])
    text = leaky_tables(readings)["ReLU and leaky ReLU"].markdown()
    assert "nan" not in text
    assert "| szt relu |" in text


def moved(networks, column, curve):
    """The same networks with another curve of a score, at the four measured epochs."""
    plane, own = networks.plane, replace(networks)
    curves = plane.frame["epoch"].map(dict(zip(plane.epochs, curve, strict=True)))
    frame = plane.frame.assign(**{column: curves * (1 + plane.frame["member"] / 1000)})
    # The plane is read once, and kept.
    own.__dict__["plane"] = replace(plane, frame=frame)
    return own


OVERFITS, LESS, FALLING = [0.7, 0.4, 0.6, 1.5], [0.7, 0.3, 0.6, 1.5], [0.7, 0.6, 0.5, 0.3]


@pytest.mark.parametrize(
    ("relu", "leaky", "verdict"),
    [
        (OVERFITS, LESS, "agrees"),
        (LESS, OVERFITS, "disagrees"),
        (OVERFITS, FALLING, "undecided"),
        (FALLING, LESS, "undecided"),
    ],
)
def test_a_lowest_loss_is_known_once_it_is_past_in_both(pair, relu, leaky, verdict):
    (networks,) = pairs_of(pair())
    both = Pair(moved(networks.relu, "val_loss", relu), moved(networks.leaky, "val_loss", leaky))
    (claim,) = (each for each in CLAIMS if "lowest validation" in each.words)
    assert claim.judge(both).verdict == verdict


@pytest.mark.parametrize("words", ["accuracy at the end", "no less accurate"])
@pytest.mark.parametrize("name", ["relu", "leaky"])
def test_both_accuracies_have_to_rest(pair, words, name):
    (networks,) = pairs_of(pair())
    (claim,) = (each for each in CLAIMS if words in each.words)
    resting = {"relu": [0.5, 0.8, 0.9, 0.9], "leaky": [0.5, 0.8, 0.95, 0.95]}
    own = {one: moved(getattr(networks, one), "val_accuracy", resting[one]) for one in resting}
    assert claim.judge(Pair(**own)).verdict == "agrees"
    end = own[name].plane.frame["val_accuracy"].iloc[-1]
    own[name] = moved(own[name], "val_accuracy", [0.5, 0.6, 0.7, end])
    assert claim.judge(Pair(**own)).verdict == "undecided"
