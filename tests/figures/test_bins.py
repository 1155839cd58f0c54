import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.figures import bin_histograms, occupied_bins
from ib_mlflow.figures.style import layer_colours


@pytest.fixture
def bins():
    rng = np.random.default_rng(0)
    rows = []
    for epoch, gain in ((1, 0.5), (4000, 3.0), (8000, 8.0)):
        for layer, units in ((4, 4), (5, 3), (6, 2)):
            for unit in range(1, units + 1):
                values = np.tanh(gain * rng.normal(size=300))
                counts, edges = np.histogram(values, np.arange(-15, 16) * 0.07)
                rows.append(
                    pd.DataFrame(
                        {
                            "epoch": epoch,
                            "layer": layer,
                            "unit": unit,
                            "bin_left": edges[:-1],
                            "bin_right": edges[1:],
                            "count": counts,
                        }
                    )
                )
    return pd.concat(rows, ignore_index=True)


def panels_of(figure):
    return [axes for axes in figure.axes if axes.texts]


def test_a_row_per_layer_and_a_column_per_epoch(bins):
    figure = bin_histograms(bins)
    panels = panels_of(figure)
    assert len(panels) == 9
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles[:3] == ["epoch 1", "epoch 4,000", "epoch 8,000"]
    assert panels[0].get_ylabel() == "layer 4\nunit"
    assert panels[-1].get_xlabel() == "activation"
    assert len({axes.get_xlim() for axes in panels}) == 1


def test_every_filled_bin_is_a_cell_of_its_count_and_no_empty_one(bins):
    panel = panels_of(bin_histograms(bins))[0]
    shown = bins.query("layer == 4 and epoch == 1")
    filled = shown[shown["count"] > 0]
    [cells] = panel.collections
    assert len(cells.get_paths()) == len(filled)
    np.testing.assert_array_equal(cells.get_array(), filled["count"])
    for path, row in zip(cells.get_paths(), filled.itertuples(), strict=True):
        box = path.get_extents()
        np.testing.assert_allclose((box.x0, box.x1), (row.bin_left, row.bin_right))
        assert int(box.y0) == row.unit - 1
    empty = 1 - len(filled) / len(shown)
    assert panel.texts[0].get_text() == f"{100 * empty:.0f} % of bins empty"


def test_colours_mean_the_same_in_all_panels(bins):
    panels = panels_of(bin_histograms(bins))
    scales = {(cells.norm.vmin, cells.norm.vmax) for axes in panels for cells in axes.collections}
    assert scales == {(1, bins["count"].max())}


def test_wide_layers_name_some_of_their_units(bins):
    many = pd.concat([bins.query("layer == 4 and unit == 1").assign(unit=u) for u in range(1, 41)])
    panel = panels_of(bin_histograms(many))[0]
    assert len(panel.get_yticks()) <= 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": -1}, "count must be finite and at least 0"),
        ({"bin_right": -9.0}, "right edge above its left"),
        ({"bin_left": np.nan}, "right edge above its left"),
    ],
)
def test_bins_that_cannot_be_are_refused(bins, change, message):
    with pytest.raises(InvalidInputError, match=message):
        bin_histograms(bins.assign(**change))


def test_missing_columns_and_rows_are_refused(bins):
    with pytest.raises(InvalidInputError, match=r"without \['unit'\]"):
        bin_histograms(bins.drop(columns="unit"))
    with pytest.raises(InvalidInputError, match="no row"):
        bin_histograms(bins.iloc[:0])


def test_occupied_cells_over_epochs():
    names = ["member", "epoch", "layer"]
    keys = pd.MultiIndex.from_product([[0, 1], [0, 10, 100], [1, 2]], names=names)
    table = keys.to_frame(index=False).assign(occupied=np.arange(1, 13) * 100)
    [axes] = occupied_bins(table).axes
    assert axes.get_ylabel() == "occupied cells (log scale)"
    assert axes.get_yscale() == "log"
    assert axes.get_legend().get_title().get_text() == "2 members"
    for layer, colour in layer_colours([1, 2]).items():
        [line] = [line for line in axes.lines if line.get_label() == f"layer {layer}"]
        assert line.get_color() == colour
        expected = table[table["layer"] == layer].groupby("epoch")["occupied"].mean()
        np.testing.assert_allclose(line.get_ydata(), expected)
    assert [text.get_text() for text in axes.texts] == ["1", "2"], "named where they end"
    with pytest.raises(InvalidInputError, match="occupied must be finite"):
        occupied_bins(table.assign(occupied=np.nan))
