"""Optuna's own figures as HTML files that need nothing else, in one size and style."""

from __future__ import annotations

from typing import TYPE_CHECKING

import optuna
from optuna import visualization
from optuna.trial import TrialState

from ib_mlflow.tuning.importances import evaluator, importances_of, target_of, telling
from ib_mlflow.tuning.looks import (
    dress_contour,
    dress_front,
    dress_history,
    dress_parallel,
    dress_slice,
    page,
)
from ib_mlflow.tuning.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Mapping

    import plotly.graph_objects as go
    from optuna.trial import FrozenTrial

    from ib_mlflow.tuning.storage import TuningStudy

CONTOURS = 4
"""Parameters that a figure of pairs shows at most: the most important ones."""


def study_figures(study: TuningStudy, ended: Mapping[int, FrozenTrial]) -> dict[str, str]:
    """Draw a search: those of Optuna's figures that make sense for what has ended.

    Arguments:
        study: that was searched.
        ended: by number the trials that ended.

    Returns:
        HTML by file name, each with plotly inside, so that it opens offline and in MLflow's frame.
    """
    with quiet():
        replica = optuna.create_study(directions=study.objectives.directions)
        replica.add_trials([ended[number] for number in sorted(ended)])
        figures = _front(study, replica)
        for place, name in enumerate(study.objectives.names):
            suffix = f"_{place + 1}" if study.objectives.several else ""
            parts = _of_objective(study, replica, place)
            figures |= {f"{kind}{suffix}": (figure, name) for kind, figure in parts.items()}
        return {
            f"{kind}.html": page(figure, f"{_title(kind)}: {name}")
            for kind, (figure, name) in figures.items()
        }


def _front(study: TuningStudy, replica: optuna.Study) -> dict[str, tuple[go.Figure, str]]:
    names = study.objectives.names
    complete = replica.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    feasible = any(all(value <= 0 for value in trial.constraints.values()) for trial in complete)
    if len(names) not in (2, 3) or not feasible:
        return {}
    figure = visualization.plot_pareto_front(replica, target_names=names)
    return {"pareto_front": (dress_front(figure), " and ".join(names))}


def _of_objective(study: TuningStudy, replica: optuna.Study, place: int) -> dict[str, go.Figure]:
    complete = replica.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if not complete:
        return {}
    target = target_of(place)
    name = study.objectives.names[place]
    history = visualization.plot_optimization_history(
        replica, target=target if study.objectives.several else None, target_name=name
    )
    figures = {"history": dress_history(history)}
    reported = any(trial.intermediate_values for trial in replica.get_trials(deepcopy=False))
    if reported and not study.objectives.several:
        figures["intermediate_values"] = visualization.plot_intermediate_values(replica)
    varying = telling(study, replica, place)
    if not varying:
        return figures
    figures["slice"] = dress_slice(
        visualization.plot_slice(replica, params=varying, target=target, target_name=name)
    )
    if len(varying) > 1:
        figures |= _of_pairs(study, replica, varying, place)
    return figures


def _of_pairs(
    study: TuningStudy, replica: optuna.Study, names: list[str], place: int
) -> dict[str, go.Figure]:
    target, title = target_of(place), study.objectives.names[place]
    low_is_good = study.objectives.objectives[place].direction == "min"
    shares = importances_of(replica, names, target)
    bars = visualization.plot_param_importances(
        replica,
        evaluator=evaluator(),
        params=names,
        target=target,
        target_name=title,
    )
    lines = visualization.plot_parallel_coordinate(
        replica, params=names, target=target, target_name=title
    )
    figures = {
        "importances": bars,
        "parallel_coordinates": dress_parallel(lines, low_is_good=low_is_good),
    }
    # Between choices there is nothing that a contour could pass through.
    ranges = [name for name in names if "|" not in study.space.description[name]]
    foremost = sorted(ranges, key=lambda name: -shares[name])[:CONTOURS]
    if len(foremost) > 1:
        contour = visualization.plot_contour(
            replica, params=foremost, target=target, target_name=title
        )
        figures["contour"] = dress_contour(contour, low_is_good=low_is_good)
    return figures


def _title(kind: str) -> str:
    return kind.rstrip("_123").replace("_", " ").capitalize()
