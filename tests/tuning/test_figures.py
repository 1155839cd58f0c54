import math

import pytest
from searched import computed, loss, opened

from ib_mlflow.tuning import Failure, Result, SearchPlan, search, study_figures

PAIRS = {"slice.html", "importances.html", "parallel_coordinates.html", "contour.html"}


def test_figures_of_one_objective_are_pages_of_their_own(storage_uri):
    study = opened(storage_uri)
    outcome = search(study, SearchPlan(trials=12, sampler="random", pruner="median"), computed)
    figures = study_figures(study, outcome.trials)
    assert set(figures) == {"history.html", "intermediate_values.html", *PAIRS}
    for page in figures.values():
        assert "Plotly.newPlot" in page
        assert "<script src=" not in page
        assert len(page) > 1_000_000
    assert study_figures(study, outcome.trials).keys() == figures.keys()


def test_several_objectives_have_a_front_and_no_intermediate_values(storage_uri):
    study = opened(storage_uri, "x=0..1.0;kind=a|b", "loss:min,error:max")

    def evaluate(batch):
        return [
            Result(
                (float(c.parameters["x"]), math.sin(c.number)), constraints={"c": c.number - 8.0}
            )
            for c in batch
        ]

    outcome = search(study, SearchPlan(trials=10, batch=5, sampler="random"), evaluate)
    figures = study_figures(study, outcome.trials)
    kinds = "history", "slice", "importances", "parallel_coordinates"
    # There is no contour between one range and choices.
    assert set(figures) == {f"{kind}_{n}.html" for kind in kinds for n in (1, 2)} | {
        "pareto_front.html"
    }
    for words in ("on the front", "behind it", "a constraint does not hold"):
        assert words in figures["pareto_front.html"]


@pytest.mark.parametrize(
    ("evaluate", "expected"),
    [
        (lambda batch: [Failure("it broke", final=True)] * len(batch), set()),
        (lambda batch: [Result((1.0,))] * len(batch), {"history.html"}),
        (lambda batch: [Result((loss(c),)) for c in batch], {"history.html", *PAIRS}),
    ],
)
def test_only_what_makes_sense_is_drawn(storage_uri, evaluate, expected):
    study = opened(storage_uri)
    outcome = search(study, SearchPlan(trials=6, batch=6, sampler="random"), evaluate)
    assert set(study_figures(study, outcome.trials)) == expected
