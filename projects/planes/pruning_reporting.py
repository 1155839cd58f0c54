"""The tables and figures of the study of pruning.

Reference:
    Revisiting the Information Plane, section 2.5, Fig. 8, Table 2.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.judging.intervals import POSITIVE, accuracy, mean, share
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.reporting.table import Table
from .pruning_claims import paper_score
from .prunings import Chain, Prunings
from .stops import Stopped

REMARKS = (
    "The paper gives neither patience nor least improvement, and calls layers similar by eye. "
    "Here two layers are similar in a network if their paths until the stop lie no farther apart "
    "than paths of the first of them in networks of other seeds do, but for a share of the stated "
    "error; the later one is removed where that holds in most of the networks that have learnt "
    "anything, by the interval of their share.",
    "Paths that differ by less than seeds do are similar: what is called similar may still differ.",
    "Layers whose estimates mostly lie within 1 % of ln n are never removed: there they tell the "
    "number of rows and nothing of the layer.",
    "Accuracy is read at the stop, on the samples that also decide when to stop.",
    "The paper's Table 2 itself has a loss of more than 0.01: ReLU, first pruning, from 0.8780 to "
    "0.8646.",
)


def pruning_tables(readings: Prunings) -> dict[str, Table]:
    """Accuracies step by step beside Table 2, and which layers were similar."""
    tables = {"Accuracy after each pruning (Table 2)": score_table(readings)}
    for chain in readings.chains:
        for step in chain.steps:
            if step.similarity is not None:
                tables[f"{step.name}: similar layers"] = similarity_table(step, step.similarity)
    return tables


def score_table(readings: Prunings) -> Table:
    """A row for each architecture: its layers, when it stops, and its accuracy there."""
    rows = [
        _score_row(of, paper_score(readings, chain, of))
        for chain in readings.chains
        for of in (*chain.steps, *chain.controls)
    ]
    headings = [
        "networks", "hidden layers", "stopped at (median)", "did not stop", "have learnt",
        "accuracy", "of those that have learnt", "the paper's",
    ]  # fmt: skip
    return Table(headings, rows)


def _score_row(of: Stopped, paper: float | None) -> tuple[object, ...]:
    learned = of.learned == 1
    those = accuracy(of.accuracy[learned])
    return (
        of.name,
        str(of.group.group.parameters["hidden"]),
        f"{of.stops['epoch'].median():.0f}",
        f"{int((~of.stops['stopped']).sum())} of {len(of.stops)}",
        f"{int(learned.sum())} of {learned.size}",
        accuracy(of.accuracy).quantity(digits=4),
        "–" if np.isnan(those.value) else those.quantity(digits=4),
        "–" if paper is None else f"{paper:.4f}",
    )


def similarity_table(step: Stopped, table: pd.DataFrame) -> Table:
    """A row for two layers that follow each other: how far apart, and whether similar."""
    rows = []
    for layer, pair in table.groupby("layer"):
        flags, saturated = step.similar(int(str(layer))), bool(pair["saturated"].any())
        next_layer = step.layers[int(pair["next_layer"].iloc[0]) - 1]
        rows.append(
            (
                f"{step.layers[int(str(layer)) - 1]}, {next_layer}",
                mean(pair["distance"], POSITIVE).quantity(),
                mean(pair["floor"], POSITIVE).quantity(),
                share(flags).quantity(digits=2),
                "saturated" if saturated else "removed" if next_layer in step.removable else "kept",
            )
        )
    headings = ["layers of the big network", "distance", "similar up to", "share of networks",
                "the later one is"]  # fmt: skip
    return Table(headings, rows)


def pruning_figures(readings: Prunings) -> dict[str, Figure]:
    """The accuracy of every network, and how similar its layers are at each step."""
    pictures = {}
    for chain in readings.chains:
        name = file_name(chain.name)
        accuracies = {_short(chain, of): of.accuracy for of in (*chain.steps, *chain.controls)}
        pictures[f"accuracy_{name}.png"] = figures.member_dots(
            accuracies, label="validation accuracy at the stop"
        )
        ratios = {_short(chain, step): distance_ratios(step) for step in chain.steps}
        if shown := {title: table for title, table in ratios.items() if not table.empty}:
            pictures[f"similarity_{name}.png"] = figures.compare_settings(
                shown,
                quantity="ratio",
                label="distance to the next path / floor",
                guide=("noise floor", 1.0),
            )
    return pictures


def distance_ratios(step: Stopped) -> pd.DataFrame:
    """Distances of paths in shares of the largest that is similar.

    Arguments:
        step: the networks.

    Returns:
        A row per (member, layer) whose estimates are not saturated: `layer`, by its number in the
        big network, and `ratio`; empty where too few networks have learnt.
    """
    if step.similarity is None:
        return pd.DataFrame({"layer": [], "ratio": []})
    table = step.similarity[~step.similarity["saturated"]]
    layers = [step.layers[layer - 1] for layer in table["layer"]]
    return pd.DataFrame({"layer": layers, "ratio": table["distance"] / table["floor"]})


def _short(chain: Chain, of: Stopped) -> str:
    return of.name.removeprefix(f"{chain.name}, ")
