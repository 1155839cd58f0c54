import pickle
from dataclasses import replace

import pytest

from ib_mlflow.errors import TrackingError
from ib_mlflow.information import kde_entropy, knn_entropy, mixture_entropy
from ib_mlflow.tracking import Job, open_study
from projects.noise.estimator_comparison import cases
from projects.noise.estimator_comparison.cases import (
    COLUMNS,
    CaseSpec,
    estimates,
    estimates_by_size,
    run_case,
)
from projects.noise.estimator_comparison.corner_mixture import CornerMixture

SPEC = CaseSpec(
    CornerMixture(3, 0.1), 0.2, sizes=(20, 40, 80), seeds=(4, 5), k=2, n_queries=200, reference=100
)


def test_every_estimator_is_given_what_it_knows():
    signal, noisy = SPEC.samples(0)
    values = estimates(signal, noisy, SPEC, 4)
    assert tuple(values) == COLUMNS
    assert values["sp"] == mixture_entropy(signal, beta=0.2, n_queries=200, seed=4).value
    assert values["knn"] == knn_entropy(noisy, k=2).value
    kernel = kde_entropy(noisy)
    assert values["kde"] == kernel.value
    width = kernel.diagnostics["width"]
    assert values["kde_half"] == pytest.approx(kde_entropy(noisy, width=width / 2).value)
    assert values["kde_twice"] == pytest.approx(kde_entropy(noisy, width=2 * width).value)
    assert min(values["kde_half"], values["kde_twice"]) > values["kde"]


def test_a_repetition_stands_in_the_column_of_its_seed():
    by_size = dict(estimates_by_size(SPEC, SPEC.sizes))
    assert tuple(by_size) == SPEC.sizes
    alone = dict(estimates_by_size(replace(SPEC, seeds=(5,)), SPEC.sizes))
    turned = dict(estimates_by_size(replace(SPEC, seeds=(5, 4)), SPEC.sizes))
    for n in SPEC.sizes:
        for name in COLUMNS:
            assert by_size[n][name][1] == alone[n][name][0]
            assert by_size[n][name].tolist() == turned[n][name][::-1].tolist()


def test_fewer_samples_are_among_more():
    signal, noisy = SPEC.samples(7)
    assert signal.shape == noisy.shape == (80, 3)
    expected = estimates(signal[:40], noisy[:40], SPEC, 7)
    (n, values), *_ = estimates_by_size(replace(SPEC, seeds=(7,)), (40, 80))
    assert n == 40
    assert {name: value.item() for name, value in values.items()} == expected


def test_names_tell_the_cases_apart():
    names = {
        replace(SPEC, mixture=CornerMixture(d, 0.02), beta=beta).name
        for d in (5, 10)
        for beta in (0.1, 0.5)
    }
    assert len(names) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"mixture": CornerMixture(4, 0.1)},
        {"mixture": CornerMixture(3, 0.2)},
        {"beta": 0.3},
        {"sizes": (20, 40)},
        {"seeds": (4, 6)},
        {"k": 1},
        {"n_queries": 300},
        {"reference": 200},
    ],
    ids=str,
)
def test_whatever_changes_the_numbers_changes_the_child(change):
    assert replace(SPEC, **change).child.digest != SPEC.child.digest


def test_a_copy_is_the_same_child():
    assert pickle.loads(pickle.dumps(SPEC)).child.digest == SPEC.child.digest


class StoppedError(Exception):
    """What ends a computation in its middle."""


def test_an_interrupted_case_goes_on_and_ends_with_the_same_values(tmp_path, monkeypatch):
    steps = [1]

    def some(spec, sizes):
        for step in estimates_by_size(spec, sizes):
            if not steps[0]:
                raise StoppedError
            steps[0] -= 1
            yield step

    def run():
        with open_study("cases", {}) as study:
            return run_case(study, SPEC)

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cases, "estimates_by_size", some)
    with pytest.raises(StoppedError):
        run()
    steps[0] = 2
    # The second is only read: nothing is left to estimate.
    resumed, read = run(), run()
    assert steps[0] == 0
    by_size = dict(estimates_by_size(SPEC, SPEC.sizes))
    for case in (resumed, read):
        assert set(case.values) == set(COLUMNS)
        for name in COLUMNS:
            assert case.values[name].tolist() == [by_size[n][name].tolist() for n in SPEC.sizes]
            assert (case.errors_at(name, 40) == by_size[40][name] - case.truth).all()
        assert case.truth == SPEC.mixture.noisy_entropy(0.2)
        assert case.reference.n == 100

    monkeypatch.setattr(Job, "results", lambda job, name: None)
    with pytest.raises(TrackingError, match="keeps its results"):
        run()
