"""Verdicts on pruning, of networks whose layers and accuracies are known."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.judging.thresholds import ACCURACY_MARGIN
from projects.planes import pruning_claims
from projects.planes.paper import HIDDEN
from projects.planes.pruning_claims import CLAIMS, scores
from projects.planes.prunings import Chain, Pruning
from projects.planes.stops import Criteria

SEEDS = 20


@dataclass
class Networks:
    """What claims ask of stopped networks."""

    name: str
    layers: tuple
    accuracy: np.ndarray
    prunings: int | None = 0
    alike: tuple = ()
    learned: np.ndarray = None
    similarity: object = True
    rows: int = 819
    removed: tuple = (3, 4)
    """By the first pruning, at any rate of error above the first."""
    removed_at_less: tuple = (3, 4)

    def __post_init__(self):
        if self.learned is None:
            self.learned = np.where(np.isnan(self.accuracy), np.nan, 1.0)

    criteria = Criteria(10, 0.0, 0.2)

    def at_error(self, error):
        removable = self.removed if error >= 0.2 else self.removed_at_less
        criteria = Criteria(10, 0.0, error)
        return SimpleNamespace(criteria=criteria, removable=removable, similarity=self.similarity)

    untold: tuple = ()
    """Layers of which the networks do not agree whether they are like the one before."""

    def differs(self, layer):
        return layer not in self.untold

    def similar(self, layer):
        return np.full(SEEDS, float(layer in self.alike))


def accuracy(level, *, lost=()):
    values = level + np.linspace(-0.002, 0.002, SEEDS)
    values[list(lost)] = np.nan
    return values


def chain(*steps, controls=(), added=2):
    return Chain("szt tanh", steps, controls, added)


BIG = Networks("szt tanh, big", (1, 2, 3, 4), accuracy(0.9), alike=(2, 3))


def after(level=0.9, layers=(1, 2), **changes):
    return Networks("szt tanh, 1st pruning", layers, accuracy(level, **changes), 1)


@pytest.mark.parametrize(
    ("alike", "verdict"), [((2, 3), "agrees"), ((1, 2, 3), "agrees"), ((2,), "disagrees")]
)
def test_all_added_layers_must_be_similar_to_the_one_before(alike, verdict):
    big = Networks("big", (1, 2, 3, 4), accuracy(0.9), alike=alike)
    assert pruning_claims.added_are_similar(chain(big)).verdict == verdict


@pytest.mark.parametrize(
    ("left", "removed", "kept"),
    [((1, 2), "agrees", "agrees"), ((1, 2, 3), "disagrees", "undecided"),
     ((1,), "agrees", "disagrees"), ((1, 4), "disagrees", "disagrees")],
)  # fmt: skip
def test_added_layers_are_removed_and_original_ones_are_not(left, removed, kept):
    pruned = chain(BIG, after(layers=left))
    assert pruning_claims.added_are_removed(pruned).verdict == removed
    assert pruning_claims.original_are_kept(pruned).verdict == kept


def test_layers_of_which_nothing_is_told_are_no_disagreement():
    left = Networks("1st pruning", (1, 2, 3), accuracy(0.9), 1, untold=(3,))
    assert pruning_claims.added_are_removed(chain(BIG, left)).verdict == "undecided"


def test_original_layers_must_stay_at_half_and_twice_the_error_too():
    big = Networks("szt tanh, big", (1, 2, 3, 4), accuracy(0.9), removed_at_less=(2, 3, 4))
    judgement = pruning_claims.original_are_kept(chain(big, after()))
    assert judgement.verdict == "undecided"
    assert "layers 2, 3, 4 at an error of 0.1; layers 3, 4 at an error of 0.2" in str(judgement)


def test_where_too_few_have_learnt_nothing_is_decided():
    few = Networks("big", (1, 2, 3, 4), accuracy(0.5), similarity=None)
    few.learned = np.array([1.0] * 3 + [0.0] * 16 + [np.nan])
    for judge in (
        pruning_claims.added_are_similar,
        pruning_claims.added_are_removed,
        pruning_claims.original_are_kept,
    ):
        judgement = judge(chain(few))
        assert judgement.verdict == "undecided"
        assert "3 of 20 networks" in str(judgement.words)


def test_what_was_removed_stays_removed_though_the_last_networks_tell_nothing():
    last = after(layers=(1, 2))
    last.similarity = None
    assert pruning_claims.added_are_removed(chain(BIG, last)).verdict == "agrees"
    assert pruning_claims.original_are_kept(chain(BIG, last)).verdict == "undecided"


@pytest.mark.parametrize(
    ("change", "verdict"),
    [(0.0, "agrees"), (0.05, "agrees"), (-0.004, "agrees"), (-0.009, "undecided"),
     (-0.021, "disagrees"), (-ACCURACY_MARGIN, "undecided")],
)  # fmt: skip
def test_a_loss_beyond_the_margin_must_be_excluded(change, verdict):
    generator = np.random.default_rng(0)
    wobble = generator.normal(0, 0.0005, SEEDS)
    pruned = after(0.9)
    pruned.accuracy = BIG.accuracy + change + wobble - wobble.mean()
    assert pruning_claims.keeps_the_score(Pruning("1st", BIG, pruned, 1)).verdict == verdict


def test_a_wide_interval_excludes_nothing_and_one_seed_decides_nothing():
    pruned = after()
    pruned.accuracy = BIG.accuracy + np.tile([0.2, -0.2], SEEDS // 2)
    assert pruning_claims.keeps_the_score(Pruning("1st", BIG, pruned, 1)).verdict == "undecided"
    alone = after(lost=range(1, SEEDS))
    assert pruning_claims.keeps_the_score(Pruning("1st", BIG, alone, 1)).verdict == "undecided"
    gone = after(lost=range(SEEDS))
    assert pruning_claims.keeps_the_score(Pruning("1st", BIG, gone, 1)).verdict == "undecided"


def test_networks_that_had_learnt_nothing_are_apart():
    stuck = np.arange(SEEDS) < 8
    big = Networks("big", (1, 2, 3), np.where(stuck, 0.5, BIG.accuracy), learned=1.0 - stuck)
    pruned = after(0.88)
    pruning = Pruning("1st", big, pruned, 1)
    assert pruning_claims.keeps_the_score(pruning).verdict == "agrees"
    judgement = pruning_claims.keeps_the_score_of_the_learned(pruning)
    assert judgement.verdict == "disagrees"
    assert "12 seeds" in str(judgement.words)


@pytest.mark.parametrize(
    ("level", "verdict"), [(0.8, "agrees"), (0.95, "disagrees"), (0.9, "undecided")]
)
def test_random_layers_are_compared_seed_by_seed(level, verdict):
    shifts = np.tile([0.01, -0.01], SEEDS // 2)
    controls = [
        Networks("random", (1, 4), accuracy(level) + sign * shifts, None) for sign in (1, 2)
    ]
    judgement = pruning_claims.beats_random_layers(chain(BIG, after(), controls=controls))
    assert judgement.verdict == verdict


def test_prunings_are_each_and_all_together():
    second = Networks("szt tanh, 2nd pruning", (1,), accuracy(0.9), 2)
    assert chain(BIG).prunings == []
    (only,) = chain(BIG, after()).prunings
    assert (only.name, only.number) == ("szt tanh, 1st pruning", 1)
    first, next_, whole = chain(BIG, after(), second).prunings
    assert (first.before, next_.before, next_.after) == (BIG, first.after, second)
    assert (whole.name, whole.before, whole.after) == ("szt tanh, all prunings", BIG, second)


def readings(*chains, hidden=HIDDEN, added=5):
    return SimpleNamespace(
        configuration=SimpleNamespace(hidden=hidden, added=added),
        chains=chains,
        prunings=[pruning for of in chains for pruning in of.prunings],
        controlled=[of for of in chains if of.controls],
    )


def test_table_2_is_beside_the_networks_of_the_paper_alone():
    pruned = chain(BIG, after())
    assert [score.paper for score in scores(readings(pruned))] == [0.8768, 0.8780]
    assert list(scores(readings(pruned, hidden=(4, 3)))) == []
    assert list(scores(readings(Chain("mnist tanh", [BIG], [], 5)))) == []


def test_members_that_diverged_are_left_out_of_every_sentence():
    lost = Networks("szt tanh, big", (1, 2, 3, 4), accuracy(0.9, lost=(0, 7)), alike=(2, 3))
    control = Networks("szt tanh, random layers 1", (1, 4), accuracy(0.8, lost=(7,)), None)
    findings = findings_of(CLAIMS, readings(chain(lost, after(), controls=[control])))
    assert len(findings) == 8
    assert not any("nan" in str(finding.words) for finding in findings)
    assert "over 18 seeds" in str(findings[3].words)


def test_the_same_true_accuracy_on_shared_test_rows_is_seldom_said_to_be_another():
    """What 819 rows leave open is shared by all networks, and no difference between papers."""
    generator, disagree = np.random.default_rng(0), 0
    for _ in range(200):
        shared = generator.normal(0, np.sqrt(0.88 * 0.12 / 819))
        ours = 0.8768 + shared + generator.normal(0, 0.002, 12)
        judged = pruning_claims.reproduces_score(pruning_claims.Score("", ours, 0.8768, 819))
        disagree += judged.verdict == "disagrees"
    assert disagree <= 10 + 4 * np.sqrt(200 * 0.05 * 0.95)
