"""Networks that race seed by seed, and those that decide after the trials."""

from types import SimpleNamespace

import numpy as np
import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import Binned
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.running.groups import Group
from ib_mlflow.studies.running.training import run_ensemble
from ib_mlflow.studies.searching.finals import further_networks
from ib_mlflow.studies.searching.searched import Searched
from ib_mlflow.studies.searching.targets import Target
from ib_mlflow.studies.searching.trials import Trials
from ib_mlflow.trajectory import learning
from ib_mlflow.tuning import (
    Objectives,
    SearchPlan,
    Space,
    open_optuna_study,
    open_storage,
    search,
)

RATES = ("0.00001", "0.4", "0.00002", "0.00003", "0.3")
LOSS = Objectives.parse("summary/val_loss_nats:min")
SEEDS = tuple(range(3, 11))


@pytest.fixture
def target(spec_of):
    """Networks of eight seeds, four at a time; five of them decide."""

    def trains(configuration):
        seeds = SEEDS[: configuration.members]
        group = Group("small", seeds, {"plane": Binned(0.1)})
        rate = configuration.learning_rate
        return [spec_of([group], learning_rate=rate, activation="relu", epochs=(1, 9))]

    study = SimpleNamespace(configuration=TrainingConfiguration, trains=trains)
    given = {"members": "8", "epochs": "9"}
    return Target(lambda _: study, "some", given, race=4, deciding=5)


@pytest.fixture
def searched(target, kept_study, tmp_path):
    """A race of five points on a storage of its own, the first of which has no rival."""
    space = Space.parse(f"learning_rate={'|'.join(RATES)}")
    study = open_optuna_study(open_storage(f"sqlite:///{tmp_path / 'o.db'}"), "race", space, LOSS)
    plan = SearchPlan(trials=5, sampler="grid", pruner="wilcoxon", batch=1)
    outcome = search(study, plan, Trials(kept_study, target, LOSS, reports=True))
    yield Searched(SimpleNamespace(target=target, plan=plan), study, outcome)
    study.close()


def final_losses(study, spec):
    curves = learning(run_ensemble(study, spec).trajectory)
    return curves[curves["epoch"] == 9]["val_loss"].to_numpy()


def test_what_is_worse_seed_by_seed_is_trained_on_no_more_networks(searched, kept_study):
    table = searched.table.set_index("number")
    before_all = min(table.index[table["learning_rate"].astype(float) > 0.1])
    slow = table[table["learning_rate"].astype(float) < 0.1]
    for number, row in table.iterrows():
        heats = [name for name in kept_study.children if name.split(",")[0] == f"trial {number}"]
        if number > before_all and number in slow.index:
            assert row["state"] == "PRUNED"
            assert heats == [f"trial {number}"]
        else:
            assert row["state"] == "COMPLETE"
            assert heats == [f"trial {number}", f"trial {number}, seeds 7 to 10"]
    assert (table["state"] == "PRUNED").any()


def test_heats_together_are_worth_what_all_networks_at_once_are(searched, target, kept_study):
    for _, row in searched.complete.iterrows():
        whole = target.spec("whole", {"learning_rate": row["learning_rate"]})
        losses = final_losses(type(kept_study)(), whole)
        assert row["summary/val_loss_nats"] == pytest.approx(losses.mean(), rel=1e-12)
        assert searched.networks(row["number"]) == losses.tolist()
        error = losses.std(ddof=1) / np.sqrt(8)
        assert row["summary/val_loss_nats se"] == pytest.approx(error, rel=1e-12)


def test_networks_that_decide_are_of_what_may_be_best_and_count(searched, target, kept_study):
    further = further_networks(kept_study, searched)
    assert sum(map(len, further.values())) == target.deciding
    decided = Searched(searched.job, searched.study, searched.outcome, further)
    table = decided.table.set_index("number")
    assert set(further) <= set(table.index[table["learning_rate"].astype(float) > 0.1])
    for number, values in further.items():
        spec = target.spec("x", {"learning_rate": table.loc[number, "learning_rate"]})
        (group,) = spec.groups
        assert group.seeds == SEEDS
        every = [*searched.networks(number), *values]
        assert table.loc[number, "networks"] == len(every) == len(set(every))
        assert table.loc[number, "summary/val_loss_nats"] == pytest.approx(np.mean(every))
        notes = [each for each in kept_study.children if each.startswith(f"trial {number}, seed ")]
        assert notes == [f"trial {number}, seed {11 + place}" for place in range(len(values))]
    best = decided.comparison.best
    assert best.value == table["summary/val_loss_nats"].min()
    assert best.degrees == table.loc[best.number, "networks"] - 1


def test_one_network_a_point_decides_nothing_and_is_refused(target):
    single = Target(target.load, "some", {"members": "1", "epochs": "9"}, deciding=5)
    space = Space.parse("learning_rate=0.1..1")
    with pytest.raises(ConfigurationError, match="two of them a point"):
        single.check(space, LOSS)
    two = Objectives.parse("summary/val_loss_nats:min,summary/val_accuracy:max")
    with pytest.raises(ConfigurationError, match="one objective"):
        target.check(space, two)
