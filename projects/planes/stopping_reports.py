"""Early and perfect stopping as tables and figures.

Reference:
    Revisiting the Information Plane, sections 2.4.1 and 3, appendices C, D and F; Fig. 7, 10, 15.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.judging.intervals import accuracy, information, mean
from ib_mlflow.studies.judging.margins import SAME_EPOCH
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory.milestones import peak_epochs
from ib_mlflow.units import Quantity
from .stopping_readings import Stop, Stops

REMARKS = (
    f"A stop is at the turning point of a layer from 1/{SAME_EPOCH:g} to {SAME_EPOCH:g} of the "
    "epoch of its largest I(X;T). Beside the turns of other networks of the ensemble it tells how "
    "often that is so by chance. A training that has not stopped by its last epoch "
    "stops later, and a layer that is highest there turns later, if it does. Where that leaves "
    "open whether the stop is at the turn, training ended too early to tell, and a verdict holds "
    "either way.",
    "The paper gives neither the patience of its early stopping nor the least improvement. Early "
    "stops are read from the validation loss of every epoch, at the epoch at which training ends "
    "and not at that of the best loss before. Networks whose loss stays on its first plateau for "
    "longer than the patience stop there, before they have learnt anything.",
    "Both stops are chosen by the same validation loss that they are judged by. At the perfect "
    "stop it is lowest by definition, so that only its accuracy is judged, which the choice "
    "flatters a little.",
)
MULTIPLES = (1 / 3, 1, 3, 10)
"""Of the patience, in the table of other ones."""


def stopping_tables(networks: Sequence[Stops]) -> dict[str, Table]:
    """Where training stops, how good it is there, which layers turn there, and the planes."""
    tables = {
        "Stopping beside training to the end": _scores(networks),
        "The turns of the layers": _turns(networks),
        "Other patiences": _patiences(networks),
    }
    return tables | plane_tables({stops.name: stops.plane for stops in networks})


def _scores(networks: Sequence[Stops]) -> Table:
    rows = [
        (
            stops.name,
            stop.name,
            _middle(stop.epochs),
            int(np.isinf(stop.epochs).sum()),
            information(stop.score("val_loss")).quantity("nats"),
            mean(stop.score("end_loss") - stop.score("val_loss")).quantity("nats"),
            accuracy(stop.score("val_accuracy")).quantity(digits=4),
            mean(stop.score("val_accuracy") - stop.score("end_accuracy")).quantity(digits=4),
        )
        for stops in networks
        for stop in (stops.early, stops.perfect)
    ]
    headings = [
        "networks", "stop", "median epoch", "never stopped", "validation loss there",
        "below that at the end", "accuracy there", "above that at the end",
    ]  # fmt: skip
    return Table(headings, rows)


def _turns(networks: Sequence[Stops]) -> Table:
    rows = [
        (stops.name, stop.name, layer, _middle(_peaks(stops, layer)), *_shares(stop, layer))
        for stops in networks
        for stop in (stops.early, stops.perfect)
        for layer in stops.plane.layers
    ]
    headings = [
        "networks", "stop", "layer", "median turn", "not seen to turn", "too early to tell",
        "stop at the turn", "share", "by chance", "p",
    ]  # fmt: skip
    return Table(headings, rows)


def _shares(stop: Stop, layer: int) -> tuple[object, ...]:
    of = stop.coincidence(layer)
    if not of.told:
        return of.without, of.untold, "–", "–", "–", "–"
    share, chance = of.share.quantity(digits=2), Quantity(of.chance, digits=2)
    count = f"{of.held} of {of.told}"
    return of.without, of.untold, count, share, chance, f"{of.p_value:.3f}"


def _patiences(networks: Sequence[Stops]) -> Table:
    rows = []
    for stops in networks:
        patience = stops.rule.patience
        for waits in dict.fromkeys(max(1, round(patience * by)) for by in MULTIPLES):
            stop = stops.waiting(waits)
            _, untold, count, share, chance, p_value = _shares(stop, stops.output)
            lower = mean(stop.score("end_loss") - stop.score("val_loss")).quantity("nats")
            better = mean(stop.score("val_accuracy") - stop.score("end_accuracy"))
            rows.append(
                (stops.name, waits, _middle(stop.epochs), untold, count, share, chance, p_value,
                 lower, better.quantity(digits=4))
            )  # fmt: skip
    headings = [
        "networks", "patience", "median epoch", "too early to tell", "at the turn of the output",
        "share", "by chance", "p", "loss below that at the end", "accuracy above that at the end",
    ]  # fmt: skip
    return Table(headings, rows)


def _peaks(stops: Stops, layer: int) -> np.ndarray:
    return peak_epochs(stops.plane, layer)


def _middle(epochs: np.ndarray) -> str:
    there = epochs[~np.isnan(epochs)]
    middle = float(np.median(there)) if there.size else np.nan
    return f"{middle:g}" if np.isfinite(middle) else "–" if np.isnan(middle) else "beyond training"


def stopping_figures(networks: Sequence[Stops], unit: str) -> dict[str, Figure]:
    """The plane up to each stop beside the full one, and the stops against the turns."""
    pictures = {
        f"stopped_{file_name(stops.name)}.png": figures.information_plane(
            {
                f"{stops.name}, early stopping": stops.early.up_to,
                f"{stops.name}, perfect stopping": stops.perfect.up_to,
                f"{stops.name}, to the end": stops.plane,
            },
            unit=unit,
        )
        for stops in networks
    }
    table = pd.concat([_epochs(stops) for stops in networks], ignore_index=True)
    pictures["stops_and_turns.png"] = figures.relations(
        table,
        across={
            "output": "largest I(X;T) of the output [epoch]",
            "hidden": "of the last hidden layer [epoch]",
        },
        up={"early": "early stop [epoch]", "perfect": "perfect stop [epoch]"},
        logarithmic=("output", "hidden", "early", "perfect"),
        alike=SAME_EPOCH,
    )
    return pictures


def _epochs(stops: Stops) -> pd.DataFrame:
    columns = {
        "early": stops.early.epochs,
        "perfect": stops.perfect.epochs,
        "output": _peaks(stops, stops.output),
        "hidden": _peaks(stops, stops.layer),
    }
    # Epoch 0 has no place on a logarithmic axis.
    shown = {name: np.where(values > 0, values, np.nan) for name, values in columns.items()}
    return pd.DataFrame({"group": stops.name, **shown})
