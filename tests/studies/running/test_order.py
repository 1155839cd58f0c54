"""Every number under its own group's name, role and seed, in whatever order they come."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from mlflow import MlflowClient

from ib_mlflow.execution import LocalExecutor
from ib_mlflow.information import KDE, Binned, SamplePropagation
from ib_mlflow.networks import mlp
from ib_mlflow.studies.configuration import TrainingConfiguration
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.studies.reporting.ensembles import Ensembles, read_ensembles
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.children import child_of
from ib_mlflow.studies.running.groups import Condition, Group
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained, TrainedGroup, run_ensemble
from ib_mlflow.studies.study import Study
from ib_mlflow.tracking import open_study
from ib_mlflow.training import Schedule, measure, train
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import at_end

SEEDS = (5, 2, 9)
CONDITIONS = {
    f"beta={beta}, orthonormality={strength}": Condition(beta, strength)
    for beta, strength in product((0.3, 0.05), (0.02, 0.0))
}
FINE, COARSE, KERNELS = Binned(0.02), Binned(0.3), KDE(variance=0.01, bound="upper")
SAMPLED = SamplePropagation(repeats=4, n_queries=100)


@dataclass(frozen=True)
class Order:
    """One order of everything whose order must not matter."""

    groups: Sequence[str] = (*CONDITIONS, "shared")
    seeds: Sequence[int] = SEEDS
    roles: Sequence[str] = ("plane", "kernels")

    def spec(self, spec_of):
        measures = {"plane": FINE, "kernels": KERNELS}
        groups = {
            name: Group(name, self.seeds, {role: measures[role] for role in self.roles}, condition)
            for name, condition in CONDITIONS.items()
        }
        # Members that another group has too, two of its three, measured otherwise.
        condition = CONDITIONS["beta=0.3, orthonormality=0.0"]
        others = {"plane": COARSE, "kernels": KERNELS}
        groups["shared"] = Group(
            "shared",
            tuple(seed for seed in self.seeds if seed != 2),
            {role: others[role] for role in self.roles},
            condition,
        )
        return spec_of([groups[name] for name in self.groups])


ORDERS = {
    "as written": Order(),
    "groups": Order(groups=("shared", *reversed(CONDITIONS))),
    "seeds": Order(seeds=(9, 5, 2)),
    "roles": Order(roles=("kernels", "plane")),
    "all": Order(("shared", *sorted(CONDITIONS)), (2, 9, 5), ("kernels", "plane")),
}


@pytest.fixture(scope="module")
def alone(task):
    """What each network does that is trained and measured by itself."""
    rows = {}
    for condition, seed in product(CONDITIONS.values(), SEEDS):
        ensemble = mlp(
            (6, 4, 3, 2),
            seeds=[seed],
            beta=[condition.beta],
            activation=("tanh", "tanh"),
            initialisation="torch",
            device="cpu",
        )
        snapshots = train(
            ensemble,
            task.train_set,
            Schedule.of([1, 4]),
            validation=task.validation_set,
            learning_rate=0.2,
            batch_size=16,
            orthonormality=condition.orthonormality,
        )
        parts = [
            Trajectory(measure(snapshot, [FINE, KERNELS, COARSE], task.measured), task.guides)
            for snapshot in snapshots
        ]
        rows[condition, seed] = Trajectory.concat(parts)
    return rows


def values(trajectory, member, estimator):
    """All numbers of one member by one estimator."""
    own = trajectory.select(members=[member], estimator=estimator.name, setting=estimator.setting)
    return own.frame.drop(columns="member").reset_index(drop=True)


def check(group, alone):
    """Compare a trained group with networks that were trained by themselves."""
    for role, estimator in group.group.estimators.items():
        plane = group.plane(role)
        assert set(plane.members) == set(group.members)
        for seed in group.group.seeds:
            expected = values(alone[group.group.condition, seed], 0, estimator)
            ours = values(plane, group.member(seed), estimator)
            assert len(ours) > 0
            assert ours.equals(expected), (group.name, role, seed)


@pytest.mark.parametrize("order", ORDERS)
def test_every_number_is_under_its_own_name_role_and_seed(order, spec_of, alone, kept_study):
    trained = run_ensemble(kept_study, ORDERS[order].spec(spec_of))
    assert {group.name for group in trained.groups} == {*CONDITIONS, "shared"}
    for group in trained.groups:
        check(group, alone)


def test_numbers_of_different_groups_roles_and_seeds_differ(alone):
    """Without this the test above could not fail."""
    numbers = [
        tuple(values(rows, 0, estimator)["i_x"])
        for rows, estimator in product(alone.values(), (FINE, KERNELS, COARSE))
    ]
    assert len(set(numbers)) == len(numbers) == 36


def test_networks_that_propagate_samples_have_the_same_numbers_in_any_order(spec_of, kept_study):
    """Their draws follow the place of a member, which no order of groups and seeds changes."""
    numbers = []
    for names, seeds in ((("strong", "weak"), (5, 2)), (("weak", "strong"), (2, 5))):
        conditions = {"strong": Condition(beta=0.3), "weak": Condition(beta=0.05)}
        trained = run_ensemble(
            type(kept_study)(),
            spec_of(
                [
                    Group(name, seeds, {"plane": FINE, "sampled": SAMPLED}, conditions[name])
                    for name in names
                ]
            ),
        )
        numbers.append(
            {
                (group.name, seed): values(group.plane("sampled"), group.member(seed), SAMPLED)
                for group in trained.groups
                for seed in seeds
            }
        )
    first, second = numbers
    assert first.keys() == second.keys()
    assert all(first[key].equals(second[key]) for key in first)
    assert len({tuple(rows["i_x"]) for rows in first.values()}) == 4


def test_members_ascend_in_their_seeds_in_every_group(spec_of):
    for order in ORDERS.values():
        spec = order.spec(spec_of)
        for group in spec.groups:
            by_seed = [spec.members[member][1] for member in sorted(spec.members_of(group))]
            assert by_seed == sorted(group.seeds)


def test_groups_that_share_a_condition_and_a_seed_share_the_member(spec_of):
    spec = ORDERS["as written"].spec(spec_of)
    assert len(spec.members) == 12
    whole = spec.members_of(spec.group("beta=0.3, orthonormality=0.0"))
    assert set(spec.members_of(spec.group("shared"))) < set(whole)


def test_roles_that_are_exchanged_exchange_the_numbers(spec_of, kept_study):
    condition = Condition(beta=0.3)
    first = Group("first", SEEDS, {"plane": SAMPLED, "other": FINE}, condition)
    second = Group("second", SEEDS, {"plane": FINE, "other": SAMPLED}, condition)
    trained = run_ensemble(kept_study, spec_of([first, second]))
    one, two = trained.groups
    assert one.plane().frame.equals(two.plane("other").frame)
    assert two.plane().frame.equals(one.plane("other").frame)
    assert not one.plane().frame.equals(two.plane().frame)


def test_the_order_of_groups_seeds_and_roles_makes_no_other_child(spec_of):
    def digests(order):
        spec = order.spec(spec_of)
        return {group.name: child_of(spec, group).digest for group in spec.groups}

    expected = digests(ORDERS["as written"])
    assert len(set(expected.values())) == 5
    for order in ORDERS.values():
        assert digests(order) == expected


STUDY: Study[TrainingConfiguration, Ensembles[TrainingConfiguration]] = Study(
    title="Order",
    question="Does the order matter?",
    paper="No Paper",
    configuration=TrainingConfiguration,
    reads=read_ensembles,
    claims=[
        Claim(
            "{of.name}: layer 1 knows something",
            "Sec. 1",
            lambda group: rises(at_end(group.plane(), "i_x", 1)),
            lambda readings: readings.groups,
        )
    ],
    tables=lambda readings: {
        name: Table(
            ["layer", "I(X;T)"],
            [
                (layer, mean(at_end(plane, "i_x", layer)).quantity("nats", digits=12))
                for layer in plane.layers
            ],
        )
        for name, plane in readings.planes.items()
    },
)


def test_child_runs_and_the_report_have_the_numbers_under_their_names(
    spec_of, alone, experiment_id, tmp_path
):
    spec = ORDERS["all"].spec(spec_of)
    study = Study(**{**vars(STUDY), "trains": lambda _: [spec]})
    configuration = TrainingConfiguration(members=3, epochs=4)
    with open_study("order", {}) as run, LocalExecutor(1) as executor:
        study.run(Runner(run, executor), configuration)
        report = (tmp_path / "artifacts" / run.run_id / "artifacts" / "report.md").read_text()
    children = {
        child.info.run_name: child
        for child in MlflowClient().search_runs(
            [experiment_id], f"tags.`mlflow.parentRunId` = '{run.run_id}'"
        )
    }
    assert set(children) == {*CONDITIONS, "shared"}
    for group in spec.groups:
        ends = np.array(
            [
                [
                    at_end(
                        alone[group.condition, seed].select(
                            estimator=estimator.name, setting=estimator.setting
                        ),
                        "i_x",
                        layer,
                    )[0]
                    for layer in (1, 2)
                ]
                for estimator in [group.estimators["plane"]]
                for seed in sorted(group.seeds)
            ]
        )
        words = mean(ends[:, 0]).quantity("nats").text()
        assert f"| {group.name}: layer 1 knows something | Sec. 1 | Mean {words};" in report
        table = report.split(f"## {group.name}\n")[1].split("##")[0]
        for layer in (1, 2):
            assert f"| {layer} | {mean(ends[:, layer - 1]).text('nats', digits=12)} |" in table
        child = children[group.name]
        own = Trajectory.load(
            tmp_path / "artifacts" / child.info.run_id / "artifacts" / "trajectory.parquet"
        )
        check(TrainedGroup(Trained(spec, own, recording=None), group), alone)
        logged = child.data.metrics["i_x_nats.binned/layer_1"]
        assert logged == pytest.approx(ends[:, 0].mean(), abs=1e-15)
