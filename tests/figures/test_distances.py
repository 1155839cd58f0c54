import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import distance_histograms
from ib_mlflow.information import distance_histogram


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 2
    parts = []
    for epoch, gain in ((0, 0.1), (30, 1.0), (1200, 9.0)):
        for layer, d in ((0, 12), (5, 3)):
            rows = np.tanh(gain * (2 * labels[:, None] - 1) + rng.normal(size=(80, d)))
            histogram = distance_histogram(rows, labels, bin_count=30, largest=2 * np.sqrt(d))
            parts.append(
                pd.DataFrame(
                    {
                        "epoch": epoch,
                        "layer": layer,
                        "bin_left": histogram.edges[:-1],
                        "bin_right": histogram.edges[1:],
                        "within": histogram.within,
                        "between": histogram.between,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def test_a_row_per_layer_and_a_column_per_epoch(pairs):
    panels = distance_histograms(pairs).axes
    assert len(panels) == 6
    assert [axes.get_title(loc="left") for axes in panels[:3]] == [
        "epoch 0",
        "epoch 30",
        "epoch 1,200",
    ]
    assert [axes.get_ylabel() for axes in panels[::3]] == ["input", "layer 5"]
    assert len({axes.get_xlim() for axes in panels[:3]}) == 1


def test_each_kind_is_drawn_as_shares_of_its_own_number(pairs):
    panels = distance_histograms(pairs).axes
    for axes, epoch in zip(panels[3:], (0, 30, 1200), strict=True):
        shown = pairs[(pairs["layer"] == 5) & (pairs["epoch"] == epoch)]
        outlines = [patch for patch in axes.patches if not patch.get_fill()]
        shares = []
        for patch, kind in zip(outlines, ("within", "between"), strict=True):
            values, edges, _ = patch.get_data()
            shares.append(values)
            np.testing.assert_allclose(values, shown[kind] / shown[kind].sum())
            np.testing.assert_allclose(edges[:-1], shown["bin_left"])
        overlap = np.minimum(*shares).sum()
        assert axes.texts[0].get_text() == f"overlap {100 * overlap:.0f} %"
    labels = [text.get_text() for text in panels[2].get_legend().get_texts()]
    assert labels == ["same class", "different classes"]


@pytest.mark.parametrize("change", [{"within": -1}, {"between": np.nan}, {"bin_right": -9.0}])
def test_counts_that_cannot_be_are_refused(pairs, change):
    with pytest.raises(InvalidInputError, match="counts must be finite"):
        distance_histograms(pairs.assign(**change))


def test_missing_columns_and_rows_are_refused(pairs):
    with pytest.raises(InvalidInputError, match=r"without \['between'\]"):
        distance_histograms(pairs.drop(columns="between"))
    with pytest.raises(InvalidInputError, match="no row"):
        distance_histograms(pairs.iloc[:0])
