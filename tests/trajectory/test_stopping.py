import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import (
    Guides,
    LossCurves,
    Trajectory,
    early_stopping,
    learning,
    perfect_stopping,
    scores_at,
)

NAN = np.nan


def with_losses(losses: object, epochs: object) -> Trajectory:
    values = np.asarray(losses, dtype=float)
    zeros = np.zeros((*values.shape, 2))
    return Trajectory.from_arrays(
        zeros, zeros, epochs=epochs, n=8, guides=Guides(2, 1, 1), estimator="exact", setting="",
        learning={"val_loss": values, "train_loss": values / 2},
    )  # fmt: skip


def test_learning_has_one_row_per_member_and_epoch():
    table = learning(with_losses([[0.5, 0.4], [0.6, 0.3]], [0, 9]))
    assert table[["member", "epoch"]].to_numpy().tolist() == [[0, 0], [0, 9], [1, 0], [1, 9]]
    assert table["val_loss"].tolist() == [0.5, 0.4, 0.6, 0.3]
    assert table["train_loss"].tolist() == [0.25, 0.2, 0.3, 0.15]
    assert table["val_accuracy"].isna().all()


def test_perfect_stopping_is_the_first_minimum():
    stops = perfect_stopping(with_losses([[3, 1, 2, 1], [4, NAN, 2, 3]], [0, 1, 5, 50]))
    assert stops["epoch"].tolist() == [1, 5]
    assert stops["val_loss"].tolist() == [1, 2]
    assert stops["missing"].tolist() == [0, 1]


def test_patience_is_counted_in_epochs_of_training():
    # Five measurements without improvement early on are five epochs; one late is four hundred.
    losses = [[9, 8, 8.1, 8.2, 8.3, 8.4, 7, 7.5, 7.6]]
    epochs = [0, 1, 2, 3, 4, 5, 6, 100, 500]
    patient = early_stopping(with_losses(losses, epochs), patience=10)
    assert patient.iloc[0][["epoch", "stopped", "best_epoch"]].tolist() == [100, True, 6]
    hasty = early_stopping(with_losses(losses, epochs), patience=3)
    assert hasty.iloc[0][["epoch", "stopped", "best_epoch"]].tolist() == [4, True, 1]
    never = early_stopping(with_losses(losses, epochs), patience=1000)
    assert never.iloc[0][["epoch", "stopped", "best_epoch"]].tolist() == [500, False, 6]


def test_an_equal_loss_is_no_improvement():
    stops = early_stopping(with_losses([[2, 1, 1, 1]], [0, 1, 2, 3]), patience=2)
    assert stops.iloc[0][["epoch", "best_epoch"]].tolist() == [3, 1]


def test_a_diverged_member_stops_and_is_counted():
    stops = early_stopping(
        with_losses([[2, 1, NAN, np.inf], [NAN, NAN, NAN, NAN]], [0, 1, 5, 9]), patience=8
    )
    assert stops["epoch"].tolist() == [9, 9]
    assert stops["stopped"].tolist() == [True, True]
    assert stops["missing"].tolist() == [2, 4]
    assert stops["best_epoch"].isna().tolist() == [False, True]
    assert stops["val_loss"].isna().tolist() == [False, True]


def test_without_validation_there_is_no_stopping():
    trajectory = with_losses([[NAN, NAN]], [0, 1])
    with pytest.raises(InvalidInputError, match="validation"):
        perfect_stopping(trajectory)
    with pytest.raises(InvalidInputError, match="validation"):
        early_stopping(trajectory, patience=1)


@pytest.mark.parametrize("patience", [0, -1, NAN, np.inf, 1.5, True, np.True_, "a", None])
def test_patience_is_a_whole_number_of_epochs(patience):
    with pytest.raises(InvalidInputError, match="patience"):
        early_stopping(with_losses([[1, 2]], [0, 1]), patience=patience)
    assert early_stopping(with_losses([[1, 2]], [0, 1]), patience=np.int32(1))["stopped"].all()


def stop_by_hand(epochs: list[int], losses: list[float], patience: int) -> tuple[int, bool]:
    best, since = np.inf, epochs[0]
    for epoch, loss in zip(epochs, losses, strict=True):
        if np.isfinite(loss) and loss < best:
            best, since = loss, epoch
        if epoch - since >= patience:
            return epoch, True
    return epochs[-1], False


@settings(max_examples=25)
@given(
    steps=st.lists(st.integers(1, 40), min_size=1, max_size=12),
    patience=st.integers(1, 60),
    data=st.data(),
)
def test_early_stopping_is_what_a_training_loop_would_do(steps, patience, data):
    epochs = np.concatenate([[0], np.cumsum(steps)]).tolist()
    loss = st.one_of(st.just(NAN), st.integers(0, 5).map(float))
    losses = data.draw(st.lists(loss, min_size=len(epochs), max_size=len(epochs)))
    losses[0] = 3.0
    trajectory = with_losses([losses], epochs)
    row = early_stopping(trajectory, patience=patience).iloc[0]
    assert (row["epoch"], row["stopped"]) == stop_by_hand(epochs, losses, patience)
    measured = [loss for epoch, loss in zip(epochs, losses, strict=True) if epoch <= row["epoch"]]
    assert row["val_loss"] == np.nanmin(measured)
    perfect = perfect_stopping(trajectory).iloc[0]
    assert perfect["val_loss"] == np.nanmin(losses)
    assert not pd.isna(perfect["epoch"])
    assert perfect["val_loss"] <= row["val_loss"]


def test_measured_epochs_do_not_see_what_every_epoch_shows():
    every = np.array([9, 8, 7, 6.5, 7, 2, 7, 6, 5, 5.5, 6, 7, 8])
    measured = [0, 1, 2, 4, 8, 12]
    sparse, dense = (
        with_losses([every[measured]], measured),
        LossCurves.from_arrays([every], first=0),
    )
    assert perfect_stopping(sparse).iloc[0][["epoch", "every_epoch"]].tolist() == [8, False]
    assert perfect_stopping(dense).iloc[0][["epoch", "every_epoch"]].tolist() == [5, True]
    names = ["epoch", "stopped", "best_epoch", "every_epoch"]
    assert early_stopping(sparse, patience=4).iloc[0][names].tolist() == [12, True, 8, False]
    assert early_stopping(dense, patience=4).iloc[0][names].tolist() == [9, True, 5, True]


def test_a_stop_before_epochs_were_left_out_has_seen_every_epoch():
    stops = early_stopping(with_losses([[1, 2, 3, 4]], [0, 1, 2, 50]), patience=2)
    assert stops.iloc[0][["epoch", "every_epoch"]].tolist() == [2, True]
    later = LossCurves.from_arrays([[1, 2, 3, 4]], first=10)
    assert not early_stopping(later, patience=2)["every_epoch"].any()
    assert not perfect_stopping(later)["every_epoch"].any()


@pytest.mark.parametrize(
    ("losses", "best"), [([1, 2, 3], 0), ([3, 2, 1], 2), ([2, 2, 2], 0), ([5], 0)]
)
def test_a_minimum_at_either_end_a_plateau_and_one_epoch(losses, best):
    curves = LossCurves.from_arrays([losses], first=0)
    assert perfect_stopping(curves)["epoch"].tolist() == [best]
    stop = early_stopping(curves, patience=10).iloc[0]
    assert stop[["epoch", "stopped", "best_epoch"]].tolist() == [len(losses) - 1, False, best]


def test_a_slow_fall_is_no_improvement_and_adds_up_to_one():
    # Eighths, which are exact: a fall by a quarter is none, and each step is a quarter at most.
    curves = LossCurves.from_arrays([np.array([16, 14, 12, 11, 10, 10, 9, 9]) / 8], first=0)
    names = ["epoch", "stopped", "best_epoch", "val_loss"]
    patient = early_stopping(curves, patience=4, least_improvement=0.25).iloc[0]
    assert patient[names].tolist() == [7, False, 6, 9 / 8]
    hasty = early_stopping(curves, patience=3, least_improvement=0.25).iloc[0]
    assert hasty[names].tolist() == [5, True, 2, 12 / 8]
    assert early_stopping(curves, patience=1, least_improvement=9)["epoch"].tolist() == [1]


@pytest.mark.parametrize("least", [-0.1, NAN, np.inf])
def test_the_least_improvement_is_a_number_of_nats(least):
    with pytest.raises(InvalidInputError, match="least improvement"):
        early_stopping(with_losses([[1, 2]], [0, 1]), patience=1, least_improvement=least)


@settings(max_examples=40)
@given(
    losses=st.lists(st.integers(0, 12).map(float) | st.just(NAN), min_size=1, max_size=25),
    patience=st.integers(1, 8),
    least=st.integers(0, 4),
)
def test_stopping_on_every_epoch_is_what_a_training_loop_would_do(losses, patience, least):
    losses = [3.0, *losses]
    row = early_stopping(
        LossCurves.from_arrays([losses], first=0), patience=patience, least_improvement=least
    ).iloc[0]
    best, wait, stop = np.inf, 0, None  # as callbacks of training libraries count
    for epoch, loss in enumerate(losses):
        if loss < best - least:
            best, wait = loss, 0
        elif epoch:
            wait += 1
        if wait >= patience:
            stop = epoch
            break
    assert row["stopped"] == (stop is not None)
    assert row["epoch"] == (len(losses) - 1 if stop is None else stop)
    assert row["val_loss"] == best


def test_scores_are_read_at_each_stop_and_at_the_end():
    losses = [[0.7, 0.3, 0.5, 0.6], [0.7, 0.6, NAN, NAN], [NAN] * 4]
    curves = LossCurves.from_arrays(losses, 1 - np.array(losses), first=0)
    table = scores_at(curves, perfect_stopping(curves).iloc[::-1])
    assert table["member"].tolist() == [0, 1, 2]
    np.testing.assert_allclose(table["val_loss"], [0.3, 0.6, NAN])
    np.testing.assert_allclose(table["val_accuracy"], [0.7, 0.4, NAN])
    np.testing.assert_allclose(table["end_loss"], [0.6, NAN, NAN])
    np.testing.assert_allclose(table["end_accuracy"], [0.4, NAN, NAN])
