"""Synthetic curves whose steepest falls are known."""

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import signal_to_noise, steepest_falls
from ib_mlflow.trajectory.phases import seen_epochs

EPOCHS = np.unique(np.round(np.geomspace(1, 10_000, 150)).astype(int))
NAN = np.nan


def table_of(snr, epochs=EPOCHS, member=0, layer=1, std=0.1):
    columns = {"member": member, "epoch": epochs, "layer": layer, "gradient_std": std}
    return pd.DataFrame({**columns, "gradient_mean": np.asarray(snr) * std, "weight_norm": 2.0})


def sigmoid(epochs, centre, decades=0.15):
    return 1 / (1 + np.exp((np.log10(epochs) - np.log10(centre)) / decades))


def fall(table, quantity, **arguments):
    falls = steepest_falls(table, **arguments).set_index("quantity")
    return falls.loc[quantity]


def test_ratios_are_of_norms_over_the_weights_norm():
    table = table_of([3.0, 0.5], [2, 1])
    rows = signal_to_noise(table.assign(name="w"))
    assert rows["epoch"].tolist() == [1, 2]
    np.testing.assert_allclose(rows["mean"], [0.025, 0.15])
    np.testing.assert_allclose(rows["std"], [0.05, 0.05])
    np.testing.assert_allclose(rows["snr"], [0.5, 3.0])


def test_without_scatter_the_ratio_is_infinite_and_of_nothing_unknown():
    table = table_of([1.0, 1.0, 1.0], [1, 2, 3]).assign(
        gradient_mean=[0.3, 0.0, NAN], gradient_std=[0.0, 0.0, 0.1]
    )
    snr = signal_to_noise(table)["snr"]
    assert snr[0] == np.inf
    assert snr[1:].isna().all()
    falls = steepest_falls(table)
    assert falls["epoch"].isna().all()
    assert (falls["missing"] == 3).all()


@pytest.mark.parametrize("centre", [30, 300, 2000])
def test_both_falls_of_a_drop_are_where_calculus_puts_them(centre):
    """c + s(x), s logistic: steepest at its centre; its logarithm where s = √(c² + c) − c."""
    floor = 0.05
    table = table_of(floor + sigmoid(EPOCHS, centre))
    spacing = np.log10(EPOCHS[-1]) / 100
    row = fall(table, "snr")
    assert np.log10(row["epoch"]) == pytest.approx(np.log10(centre), abs=spacing)
    assert not row["at_end"]
    assert row["slope"] == pytest.approx(-1 / (4 * 0.15), rel=0.05)
    s = np.sqrt(floor**2 + floor) - floor
    later = np.log10(centre) + 0.15 * np.log(1 / s - 1)
    row = fall(table, "log_snr")
    assert np.log10(row["epoch"]) == pytest.approx(later, abs=spacing)


def test_by_the_epoch_a_fall_is_steepest_earlier():
    """d/dt of the logistic in log t: (1 − 2 s) / w = ln 10, w the width in decades."""
    centre, decades = 300, 0.15
    table = table_of(sigmoid(EPOCHS, centre, decades))
    s = (1 + decades * np.log(10)) / 2
    expected = np.log10(centre) + decades * np.log(1 / s - 1)
    row = fall(table, "snr", per="epoch")
    assert np.log10(row["epoch"]) == pytest.approx(expected, abs=0.04)
    derivative = -s * (1 - s) / decades / (10**expected * np.log(10))
    assert row["slope"] == pytest.approx(derivative, rel=0.05)


def test_smoothing_overlooks_a_flicker():
    """One epoch that flickers down by more than any step of the fall."""
    curve = sigmoid(EPOCHS, 300)
    flicker = np.searchsorted(EPOCHS, 3000)
    curve[flicker] *= 0.2
    assert np.argmin(np.diff(curve)) != flicker
    row = fall(table_of(curve + 0.5), "snr")
    assert np.log10(row["epoch"]) == pytest.approx(np.log10(300), abs=0.05)


def test_of_two_equal_falls_the_first_is_taken():
    epochs = [1, 10, 100, 1000, 10_000]
    assert fall(table_of([3, 3, 2, 1, 1], epochs), "snr")["epoch"] == 100
    row = fall(table_of([3, 2, 1, 0.5, 0.2], epochs), "snr")
    assert row["epoch"] == 1
    assert row["at_start"]


@pytest.mark.parametrize(
    ("centre", "ends", "epoch"), [(0.1, [True, False], 1), (1e5, [False, True], np.inf)]
)
def test_a_fall_at_an_end_is_flagged_and_may_lie_beyond_the_last(centre, ends, epoch):
    falls = steepest_falls(table_of(sigmoid(EPOCHS, centre, 0.5)))
    row = falls.iloc[0]
    assert row[["at_start", "at_end"]].tolist() == ends
    assert row["epoch"] == (1 if ends[0] else 10_000)
    assert seen_epochs(falls)[0] == epoch


def test_a_curve_that_ends_early_ends_at_its_last_known_epoch():
    """Where gradients vanish the ratio is not known; a steeper fall was not seen."""
    late = table_of([3, 3, 3, 2.9, 1.5, NAN], [1, 2, 4, 8, 16, 32])
    row = fall(late, "snr")
    assert (row["epoch"], row["at_end"], row["missing"]) == (16, True, 1)


def test_two_epochs_have_one_slope_which_may_be_steeper_on_both_sides():
    row = fall(table_of([3, 2], [1, 5]), "snr")
    assert row[["at_start", "at_end"]].tolist() == [True, True]


@pytest.mark.parametrize(
    ("snr", "epochs"),
    [([1, 1, 1], [1, 5, 25]), ([1, 2, 3], [1, 5, 25]), ([1], [4]), ([2, 1], [0, 4])],
    ids=["plateau", "rise", "one epoch", "epoch 0 and one"],
)
def test_what_does_not_fall_has_no_epoch(snr, epochs):
    falls = steepest_falls(table_of(np.array(snr, float), epochs))
    assert falls["quantity"].tolist() == ["snr", "log_snr"]
    assert falls["epoch"].isna().all()
    assert falls["slope"].isna().all()
    assert not falls[["at_start", "at_end"]].any(axis=None)
    assert np.isnan(seen_epochs(falls)).all()
    assert (falls["missing"] == 0).all()


def test_members_and_layers_are_read_apart_and_what_is_not_known_is_counted():
    gap = sigmoid(EPOCHS, 300)
    gap[10:20] = NAN
    tables = [
        table_of(sigmoid(EPOCHS, 30), member=0, layer=1),
        table_of(gap, member=0, layer=2),
        table_of(np.full(len(EPOCHS), NAN), member=1, layer=1),
    ]
    falls = steepest_falls(pd.concat(tables).sample(frac=1, random_state=0))
    falls = falls[falls["quantity"] == "snr"]
    assert falls[["member", "layer"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 1]]
    assert falls["missing"].tolist() == [0, 10, len(EPOCHS)]
    assert np.log10(falls["epoch"].iloc[1]) == pytest.approx(np.log10(300), abs=0.05)
    assert pd.isna(falls["epoch"].iloc[2])
    zero = fall(table_of([1.0, 0.5, 0.0], [1, 10, 100]), "log_snr")
    assert (zero["epoch"], zero["missing"]) == (1, 1)


def test_no_rows_have_no_falls():
    assert steepest_falls(table_of([1.0], [0])).empty


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (table_of([1.0, 2.0], [3, 3]), "must be unique"),
        (table_of([1.0], [1]).drop(columns="weight_norm"), "none called weight_norm"),
        (table_of([-1.0], [1]), "gradient_mean must hold numbers of at least 0"),
        (table_of([1.0], [-1]), "epoch must hold whole numbers"),
        (table_of([1.0], [1.5]), "epoch must hold whole numbers"),
    ],
)
def test_other_tables_are_refused(table, words):
    with pytest.raises(InvalidInputError, match=words):
        steepest_falls(table)


def test_arguments_out_of_range_are_refused():
    table = table_of([1.0], [1])
    for width in (0, -1, NAN, np.inf, True, "wide"):
        with pytest.raises(InvalidInputError, match="the width must be positive"):
            steepest_falls(table, width=width)
    with pytest.raises(InvalidInputError, match="per decade or per epoch"):
        steepest_falls(table, per="step")


def test_a_fall_at_the_first_known_epoch_was_seen_only_from_the_first_of_training_on():
    def falls_from(first):
        return steepest_falls(
            pd.DataFrame({
                "member": 0, "epoch": first * np.array([1, 2, 4, 8]), "layer": 1,
                "gradient_mean": [3.0, 0.2, 0.1, 0.1], "gradient_std": 1.0, "weight_norm": 1.0,
            })
        )  # fmt: skip

    assert falls_from(1)["at_start"].all()
    np.testing.assert_array_equal(seen_epochs(falls_from(1)), [1, 1])
    np.testing.assert_array_equal(seen_epochs(falls_from(3)), [0, 0])
    two = falls_from(3).assign(at_end=True)
    assert np.isnan(seen_epochs(two)).all()
