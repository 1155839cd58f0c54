"""Tables and figures of cases whose estimates are known."""

from types import SimpleNamespace

import pytest

from projects.noise.estimator_comparison.cases import COLUMNS, NAMES
from projects.noise.estimator_comparison.comparison import (
    EstimatorComparison,
    draw,
    errors_table,
    estimates_table,
    tables,
    truth_table,
)

PAPER = {"sp": 0.9, "knn": 0.3, "kde": 0.2}


@pytest.fixture
def cases(case):
    return [case(5, PAPER), case(10, PAPER, beta=0.5)]


def test_every_estimate_stands_in_the_row_of_its_name(cases):
    table = estimates_table(cases)
    assert len(table) == 2 * len(COLUMNS) * 3 * 10
    keys = ["dimension", "beta", "estimator", "n", "member"]
    rows = table.set_index(keys)["value"].sort_index()
    assert rows.index.is_unique
    for case in cases:
        of_case = rows[case.spec.mixture.dimension, case.spec.beta]
        for name in COLUMNS:
            for n in case.spec.sizes:
                errors = of_case[name, n].to_numpy() - case.truth
                assert errors.tolist() == case.errors_at(name, n).tolist()


def test_the_truth_is_a_number_without_limits_and_its_check_has_some(cases):
    row = truth_table(cases[:1]).rows[0]
    assert row[:2] == (5, "0.1")
    assert row[2].text() == "3.000 nats"
    assert row[2].text("bits") == "4.328 bits"
    assert row[3].text() == "3.000 nats [2.980, 3.020]"


def test_errors_stand_below_their_estimators(cases):
    table = errors_table(cases[0])
    assert table.columns == ["n", *NAMES.values()]
    for n, *errors in table.rows:
        by_name = dict(zip(table.columns[1:], errors, strict=True))
        for estimator, name in NAMES.items():
            mean = cases[0].errors_at(estimator, n).mean()
            assert by_name[name].value == pytest.approx(mean)


def test_the_evidence_is_over_repetitions(cases):
    evidence = EstimatorComparison(None, cases).evidence
    assert evidence.over == "repetitions"
    assert "in 2 cases, on 10 sets of samples each" in evidence.summary
    assert set(evidence.tables) == {"estimates.parquet"}


def test_figures_and_tables_have_a_panel_for_each_case(cases):
    readings = EstimatorComparison(SimpleNamespace(unit="bits"), cases)
    names = ["d=5, beta=0.1", "d=10, beta=0.5"]
    assert list(tables(readings)) == ["The truth", *(f"Errors, {name}" for name in names)]
    figures = draw(readings)
    assert set(figures) == {"entropy_by_samples.png", "error_by_samples.png"}
    axes = figures["entropy_by_samples.png"].axes
    assert [panel.get_title(loc="left") for panel in axes[:2]] == names
    assert axes[0].get_ylabel() == "h(S + Z) [bits]"
