"""The comparison of estimators at toy size."""

import pandas as pd
import pytest

from ib_mlflow.errors import ConfigurationError
from projects.noise.estimator_comparison.cases import COLUMNS, NAMES
from projects.noise.estimator_comparison.corner_mixture import CornerMixture
from projects.noise.estimator_comparison.study import Configuration


def test_the_comparison_leaves_what_it_promises(store):
    code, printed = store.run("estimator_comparison", scale="toy", members=2)
    assert code == 0, printed
    study = store.study("estimator_comparison")
    assert study.info.status == "FINISHED"
    for name in ("entropy_by_samples.png", "error_by_samples.png"):
        assert store.artifact(study, name).read_bytes().startswith(b"\x89PNG"), name
    report = store.artifact(study, "report.md").read_text(encoding="utf-8")
    assert "(toy: a smoke test, no claim is judged)" in report.splitlines()[0]
    assert "nan" not in report
    assert "networks" not in report
    table = pd.read_parquet(store.artifact(study, "estimates.parquet"))
    assert set(table["estimator"]) == set(COLUMNS)
    assert len(table) == 4 * len(COLUMNS) * 3 * 2
    children = store.children(study)
    assert {child.info.run_name for child in children} == {
        f"d={d}, beta={beta:g}" for d in (2, 5) for beta in (0.1, 0.5)
    }
    for child in children:
        d, beta = int(child.data.params["dimension"]), float(child.data.params["beta"])
        truth = child.data.metrics["summary/entropy_nats"]
        assert truth == pytest.approx(CornerMixture(d, 0.02).noisy_entropy(beta))
        own = table[(table["dimension"] == d) & (table["beta"] == beta)]
        assert (own["truth"] == truth).all()
        for name in NAMES:
            key = f"error_nats.{name}"
            logged = store.client.get_metric_history(child.info.run_id, key)
            assert [point.step for point in logged] == [50, 100, 200]
            last = own[(own["estimator"] == name) & (own["n"] == 200)]
            error = (last["value"] - truth).abs().mean()
            assert child.data.metrics[f"summary/{key}"] == pytest.approx(error)
            assert logged[-1].value == pytest.approx(error)


@pytest.mark.slow
def test_what_is_finished_is_not_computed_again(store):
    if not store.studies("estimator_comparison"):
        store.run("estimator_comparison", scale="toy", members=2)
    before = {run.info.run_id for run in store.runs() if run.data.tags.get("ib.identity")}
    code, printed = store.run("estimator_comparison", scale="toy", members=2, unit="bits")
    assert code == 0, printed
    after = {run.info.run_id for run in store.runs() if run.data.tags.get("ib.identity")}
    assert after == before
    study = store.study("estimator_comparison")
    assert "bits" in store.artifact(study, "report.md").read_text(encoding="utf-8")


def test_sizes_ascend_and_every_parameter_reaches_the_case():
    words = "--members 2 --seed 7 --sizes 90,30 --spread 0.3 --k 3 --n_queries 150 --reference 120"
    spec = Configuration.parse(words.split()).spec(4, 0.2)
    assert (spec.mixture, spec.beta) == (CornerMixture(4, 0.3), 0.2)
    assert (spec.sizes, spec.seeds) == ((30, 90), (7, 8))
    assert (spec.k, spec.n_queries, spec.reference) == (3, 150, 120)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sizes", "100", "at least 2 items"),
        ("sizes", "100,100", "name each value once"),
        ("sizes", "5,100", "greater than or equal to 10"),
        ("dimensions", "2,2", "name each value once"),
        ("betas", "0.1,0.1", "name each value once"),
        ("members", "1", "greater than or equal to 2"),
    ],
)
def test_a_bad_value_is_refused(name, value, message):
    with pytest.raises(ConfigurationError, match=message):
        Configuration.parse([f"--{name}", value])
