"""The bootstrap, against the spread of independent epochs and against drawing minibatches anew."""

import numpy as np
import pandas as pd
import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory import steepest_falls
from ib_mlflow.trajectory.resampling import Resampling

SHARES = 16


def tables_of(gradients, epochs, member=0):
    """Both tables of minibatch gradients `(t, minibatches, p)` whose minibatches are shares."""
    rows, shares = [], []
    for epoch, sample in zip(epochs, gradients, strict=True):
        mean = sample.mean(0)
        keys = {"member": member, "epoch": int(epoch), "layer": 1}
        length, std = np.linalg.norm(mean), np.linalg.norm(sample.std(0))
        rows.append({**keys, "gradient_mean": length, "gradient_std": std, "weight_norm": 1.0})
        along, apart = sample @ mean / length, np.linalg.norm(sample - mean, axis=1)
        shares += [
            {**keys, "share": k, "minibatches": 1, "along": along[k], "deviation": apart[k]}
            for k in range(len(sample))
        ]
    return pd.DataFrame(rows), pd.DataFrame(shares)


def draw(random, epochs, signal, p=20):
    noise = random.normal(size=(len(epochs), SHARES, p)) / np.sqrt(p)
    noise[:, :, 0] += np.asarray(signal)[:, None]
    return noise


@pytest.mark.parametrize("signal", [0.5, 1.0, 4.0])
def test_replicates_spread_as_independent_epochs_do(signal):
    """400 epochs of one truth: the spread of their ratios, and the mean one of their replicates.

    Of 16 draws a bootstrap has √(15/16) of the spread; a standard deviation of 400 numbers has an
    error of 1/√800, 3.5 %.
    """
    epochs = np.arange(1, 401)
    table, shares = tables_of(draw(np.random.default_rng(1), epochs, np.full(400, signal)), epochs)
    ratios = Resampling(shares, table, seed=0).ratios(0, 1, epochs)
    own = (table["gradient_mean"] / table["gradient_std"]).to_numpy()
    spread = np.sqrt(ratios.var(axis=0).mean())
    assert spread == pytest.approx(own.std(ddof=1) * np.sqrt(15 / 16), rel=0.16)
    # no bias but the one that the ratio's own curvature makes: far below a spread
    assert abs((ratios.mean(axis=0) - own).mean()) < 0.3 * spread


def test_replicates_are_those_of_minibatches_along_the_mean():
    """Uneven shares: against the bootstrap written out over what each share holds."""
    random = np.random.default_rng(2)
    counts, along = np.array([3, 4, 3, 4, 3]), random.normal(1, 0.5, 5)
    deviation = 3 + random.random(5)
    keys = {"member": 2, "epoch": 7, "layer": 1}
    shares = pd.DataFrame({**keys, "share": np.arange(5), "minibatches": counts,
                           "along": along, "deviation": deviation})  # fmt: skip
    mean = counts @ along / 17
    table = pd.DataFrame([{**keys, "gradient_mean": mean, "gradient_std": 3.5, "weight_norm": 1}])
    ratios = Resampling(shares, table, seed=5).ratios(2, 1, [7])[:, 0]
    even = np.full(5, 1 / 5)
    draws = np.random.default_rng([5, 2, 7]).multinomial(5, even, size=len(ratios))
    for times, ratio in zip(draws[:20], ratios, strict=False):
        some = np.repeat(np.arange(5), times * counts)
        squares = (deviation[some] ** 2).mean() - (along[some].mean() - mean) ** 2
        assert ratio == pytest.approx(along[some].mean() / np.sqrt(squares), rel=1e-12)


def test_an_interval_holds_the_fall_and_narrows_with_less_noise():
    """A hundred trainings of a logistic drop: how often its centre lies within the 95 %."""
    epochs = np.unique(np.round(np.geomspace(1, 1000, 25)).astype(int))
    signal = 0.5 + 4 / (1 + np.exp((np.log10(epochs) - 1.5) / 0.15))
    random, inside, widths = np.random.default_rng(3), [], []
    for member in range(100):
        table, shares = tables_of(draw(random, epochs, signal), epochs, member)
        falls = steepest_falls(table, shares=shares).set_index("quantity")
        row = falls.loc["snr"]
        spacing = 10**0.15
        inside.append(row["epoch_low"] / spacing <= 10**1.5 <= row["epoch_high"] * spacing)
        widths.append(np.log10(row["epoch_high"] / row["epoch_low"]))
        assert row["falling"] == 1
    assert np.mean(inside) > 0.95 - 4 * np.sqrt(0.05 * 0.95 / 100)
    quiet = draw(random, epochs, signal) * 1e-3
    quiet[:, :, 0] += (signal * (1 - 1e-3))[:, None]
    table, shares = tables_of(quiet, epochs)
    row = steepest_falls(table, shares=shares).iloc[0]
    assert np.log10(row["epoch_high"] / row["epoch_low"]) < np.median(widths)


def test_without_enough_shares_there_is_no_interval():
    epochs = np.array([1, 2, 4, 8])
    gradients = draw(np.random.default_rng(4), epochs, [8, 4, 2, 1])
    table, shares = tables_of(gradients, epochs)
    names = ["epoch_low", "epoch_high", "falling"]
    assert steepest_falls(table)[names].isna().all(axis=None)
    assert steepest_falls(table, shares=shares)[names].notna().all(axis=None)
    gone = shares[shares["epoch"] != 4]
    assert steepest_falls(table, shares=gone)[names].isna().all(axis=None)
    few_table, few = tables_of(gradients[:, :4], epochs)
    assert steepest_falls(few_table, shares=few)[names].isna().all(axis=None)
    again = steepest_falls(table, shares=shares, seed=0)
    pd.testing.assert_frame_equal(again, steepest_falls(table, shares=shares))


def test_shares_of_another_training_are_refused():
    epochs = np.array([1, 2, 4])
    random = np.random.default_rng(5)
    table, shares = tables_of(draw(random, epochs, [3, 2, 1]), epochs)
    _, others = tables_of(draw(random, epochs, [3, 2, 1]), epochs)
    with pytest.raises(InvalidInputError, match="the table's own"):
        steepest_falls(table, shares=others)
    with pytest.raises(InvalidInputError, match="the table's own"):
        steepest_falls(table[table["epoch"] > 1], shares=shares)
    with pytest.raises(InvalidInputError, match="none called along"):
        steepest_falls(table, shares=shares.drop(columns="along"))
