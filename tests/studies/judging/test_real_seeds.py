"""Four runs of `main` with seeds of their own: whether the intervals of one hold for the others."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.judging.drops import drops
from ib_mlflow.studies.judging.intervals import accuracy, mean
from ib_mlflow.studies.reporting.ensembles import Ensembles
from ib_mlflow.studies.running.training import run_ensemble
from ib_mlflow.trajectory.members import at_end
from projects.planes.main import STUDY, Configuration

MEMBERS, SEEDS = 10, (0, 100, 200, 300)


def readings_of(study, seed):
    """What `main` reads, of few networks and epochs."""
    settings = {"scale": "quick", "members": MEMBERS, "epochs": 300, "seed": seed}
    words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    configuration = Configuration.parse(words)
    trained = [run_ensemble(study, spec) for spec in STUDY.trains(configuration)]
    return Ensembles(configuration, trained)


def quantities(readings):
    """By name the numbers of the networks, (e,)."""
    (plane,) = readings.planes.values()
    falls = {f"loss of layer {layer}": drops(plane, layer) for layer in (3, 4, 5)}
    ends = {f"I(T;Y) of layer {layer}": at_end(plane, "i_y", layer) for layer in (4, 5)}
    return falls | ends | {"accuracy": at_end(plane, "val_accuracy", 5)}


@pytest.mark.slow
def test_intervals_of_one_run_hold_the_means_of_another_as_often_as_they_should(kept_study):
    runs = [readings_of(kept_study, seed) for seed in SEEDS]
    numbers = [quantities(run) for run in runs]
    held, lines = [], []
    for name in numbers[0]:
        values = [of[name] for of in numbers]
        intervals = [accuracy(of) if name == "accuracy" else mean(of) for of in values]
        pairs = [own.low <= other.value <= own.high for own, other in permutations(intervals, 2)]
        p_value = stats.f_oneway(*values).pvalue
        held += pairs
        lines.append(f"{name}: {sum(pairs)} of {len(pairs)}, F test p = {p_value:.3f}")
        # One of six may be rare by chance, and none as rare as that.
        assert p_value > 0.001, name
    # Another run's mean errs as much as this one's: a t interval holds it less often than 95 %.
    expected = 1 - 2 * stats.t.sf(stats.t.ppf(0.975, MEMBERS - 1) / np.sqrt(2), MEMBERS - 1)
    # The twelve pairs of four runs are worth three, and layers of one network go together.
    error = np.sqrt(expected * (1 - expected) / 6)
    print("\n" + "\n".join(lines) + f"\nin all {np.mean(held):.2f}, expected {expected:.2f}")
    assert np.mean(held) >= expected - 3 * error


@pytest.mark.slow
def test_no_seed_turns_a_verdict_round(kept_study):
    by_claim: dict[str, set[str]] = {}
    for seed in SEEDS:
        for finding in findings_of(STUDY.claims, readings_of(kept_study, seed)):
            by_claim.setdefault(finding.claim, set()).add(finding.verdict)
    print("\n" + "\n".join(f"{claim}: {sorted(of)}" for claim, of in by_claim.items()))
    assert all(not {"agrees", "disagrees"} <= verdicts for verdicts in by_claim.values())
