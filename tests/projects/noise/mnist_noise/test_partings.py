"""How layers part the classes, judged on areas and distances whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.studies.judging import all_hold
from ib_mlflow.units import text_of
from projects.noise.mnist_noise.partings import full_layers_part, input_overlaps, partings

MEMBERS = 6
AREAS = {0: 0.8, 1: 0.78, 2: 0.77, 3: 0.3, 4: 0.1}


def overlaps(by_epoch):
    """A row a member and layer, alike but for a shift."""
    rows = [
        (epoch, layer, member, area * (1 + 0.001 * (member - 2.5)))
        for epoch, areas in by_epoch.items()
        for layer, area in areas.items()
        for member in range(MEMBERS)
    ]
    return pd.DataFrame(rows, columns=["epoch", "layer", "member", "overlap"])


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "agrees"),
        ({1: 0.5, 2: 0.45}, "disagrees"),
        ({1: 0.68}, "undecided"),
        ({3: 0.79, 4: 0.79}, "disagrees"),
        ({0: 0.3, 1: 0.78}, "disagrees"),
    ],
    ids=["as said", "convolutions part too", "by as much as is little", "nothing", "input parts"],
)
def test_full_layers_part_and_convolutional_ones_do_little(versions_of, changed, verdict):
    table = overlaps({0: AREAS, 1: AREAS, 9: AREAS | changed})
    judged = {
        of.when: all_hold(full_layers_part(of)) for of in partings(versions_of(overlaps=table))
    }
    assert judged["even after epoch 1"].verdict == "agrees"
    assert judged["at the end"].verdict == verdict
    assert "Mean 0.575 of the area" in text_of(judged["even after epoch 1"].words)


@pytest.mark.parametrize(
    ("within", "between", "area", "verdict"),
    [
        ([1, 5, 2], [0, 2, 6], 0.7, "agrees"),
        ([1, 5, 2], [0, 6, 2], 0.7, "disagrees"),
        ([1, 5, 2], [0, 2, 6], 0.3, "disagrees"),
    ],
)
def test_distances_of_the_input(versions_of, within, between, area, verdict):
    edges = np.array([0.0, 1.0, 2.0, 3.0])
    columns = {"epoch": 0, "layer": 0, "bin_left": edges[:-1], "bin_right": edges[1:]}
    histograms = pd.DataFrame(columns | {"within": within, "between": between})
    readings = versions_of(overlaps=overlaps({0: AREAS | {0: area}}), histograms=histograms)
    judged = input_overlaps(readings)
    assert judged.verdict == verdict
    assert "1.50 within classes" in text_of(judged.words)
