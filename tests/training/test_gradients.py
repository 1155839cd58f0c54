import numpy as np
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import mlp
from ib_mlflow.training import Schedule, gradient_rows, gradient_share_rows, train
from ib_mlflow.trajectory import steepest_falls


@pytest.fixture
def snapshots(make_dataset):
    def run(**arguments):
        ensemble = mlp((6, 5, 3), members=2, device="cpu")
        dataset = make_dataset(100, 6, classes=3)
        arguments = {"learning_rate": 0.1, "batch_size": 5, "gradients": True, **arguments}
        return list(train(ensemble, dataset, Schedule.of([1, 2, 4, 8]), **arguments))

    return run


def test_a_row_for_each_member_and_layer(snapshots):
    first, *_, last = snapshots()
    rows = gradient_rows(last)
    assert rows[["member", "layer"]].to_numpy().tolist() == [[0, 1], [0, 2], [1, 1], [1, 2]]
    assert rows["name"].tolist() == ["layer_1.weight", "layer_2.weight"] * 2
    assert (rows["epoch"] == 8).all()
    assert (rows["minibatches"] == 20).all()
    for column, numbers in (
        ("gradient_mean", last.gradients.mean),
        ("gradient_std", last.gradients.std),
        ("weight_norm", last.gradients.weight_norm),
    ):
        assert np.array_equal(rows[column].to_numpy().reshape(2, 2), numbers)
    before = gradient_rows(first)
    assert before[["gradient_mean", "gradient_std"]].isna().all(axis=None)
    assert before["minibatches"].tolist() == [0] * 4
    assert gradient_share_rows(first).empty


def test_shares_make_up_the_epoch(snapshots):
    last = snapshots()[-1]
    shares, rows = gradient_share_rows(last), gradient_rows(last)
    assert len(shares) == 2 * 2 * 16
    weight = shares["minibatches"] / 20
    parts = shares.assign(mean=weight * shares["along"], square=weight * shares["deviation"] ** 2)
    totals = parts.groupby(["member", "layer"])[["mean", "square"]].sum().to_numpy()
    np.testing.assert_allclose(totals[:, 0], rows["gradient_mean"], rtol=1e-12)
    np.testing.assert_allclose(np.sqrt(totals[:, 1]), rows["gradient_std"], rtol=1e-12)


def test_the_tables_are_what_the_readings_take(snapshots):
    import pandas as pd

    measured = snapshots()
    table = pd.concat([gradient_rows(snapshot) for snapshot in measured])
    shares = pd.concat([gradient_share_rows(snapshot) for snapshot in measured])
    falls = steepest_falls(table, shares=shares)
    assert len(falls) == 2 * 2 * 2
    falling = falls[falls["epoch"].notna()]
    assert falling[["epoch_low", "epoch_high"]].isin([1, 2, 4, 8]).all(axis=None)


def test_rows_need_recorded_gradients(snapshots):
    for rows in (gradient_rows, gradient_share_rows):
        with pytest.raises(InvalidInputError, match="a snapshot that carries them"):
            rows(snapshots(gradients=False)[-1])
