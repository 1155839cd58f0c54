"""The phases of learning, read from norms of minibatch gradients: drift, then diffusion.

A table has a row per (member, epoch, layer) with `gradient_mean`, `gradient_std`, both over the
minibatches of the epoch that ended, and `weight_norm`; `ib_mlflow.training.gradient_rows` makes it.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.trajectory.falls import EpochAxis, Numbers
from ib_mlflow.trajectory.resampling import Resampling, checked_rows

KEYS = ["member", "epoch", "layer"]
NORMS = ["gradient_mean", "gradient_std", "weight_norm"]


def signal_to_noise(table: pd.DataFrame) -> pd.DataFrame:
    """Norms of the gradients' mean and standard deviation over the weights' norm, and their ratio.

    A mean of M minibatches without any signal is not 0: were they independent, the ratio would be
    about 1 / √(M − 1). Within an epoch they are drawn without replacement, and the mean is that of
    all samples but for what the weights moved. Smaller batches scatter more: compare the ratios of
    two batch sizes only with that in mind.

    Reference:
        Shwartz-Ziv & Tishby (2017, arXiv:1703.00810), section 3.3.

    Arguments:
        table: a row per (member, epoch, layer) with `gradient_mean`, `gradient_std`,
            `weight_norm`; further columns are left out.

    Returns:
        A row per (member, epoch, layer), sorted: `mean` and `std`, over the weights' norm, in nats
        by a squared weight, and `snr`, without unit: infinite where nothing scatters, as with all
        data in one batch, and NaN where both are 0 or one is not known.

    Raises:
        InvalidInputError: a column is missing, a key is repeated, or a norm is negative.

    Example:
        >>> table = pd.DataFrame({"member": [0], "epoch": [1], "layer": [1],
        ...     "gradient_mean": [0.3], "gradient_std": [0.1], "weight_norm": [2.0]})
        >>> signal_to_noise(table)
           member  epoch  layer  mean   std  snr
        0       0      1      1  0.15  0.05  3.0
    """
    rows = checked_rows(table, KEYS, NORMS, source="gradient_rows")
    mean, std, weight = (rows[name].to_numpy(np.float64) for name in NORMS)
    with np.errstate(divide="ignore", invalid="ignore"):
        readings = {"mean": mean / weight, "std": std / weight, "snr": mean / std}
    return rows[KEYS].assign(**readings).reset_index(drop=True)


def steepest_falls(
    table: pd.DataFrame,
    *,
    shares: pd.DataFrame | None = None,
    width: float = 0.2,
    per: Literal["decade", "epoch"] = "decade",
    seed: int = 0,
) -> pd.DataFrame:
    """Find the epoch at which each layer's signal-to-noise ratio, and its logarithm, falls most.

    The slope at a measured epoch is that of the least-squares line over log10 of the epochs within
    `width` decades around it, at least over its measured neighbours. Of equally steep falls the
    first is taken; epoch 0 has no place on a logarithmic axis. Ratios that are not finite, and
    zeros where the logarithm is read, are left out and counted.

    The interval is of a bootstrap over the shares of each epoch's minibatches: means are
    resampled along the direction of the epoch's own mean, to first order, because the norm of a
    resampled mean would be too long. It takes minibatches as independent, which within an epoch
    errs to the wide side, and says nothing of other seeds: for that compare members.

    Reference:
        "On the Information Bottleneck Theory of Deep Learning" (slides), role of the batch size:
        the argmin of dSNR/dt, which is `per="epoch"`; its figures have logarithmic axes.

    Arguments:
        table: as of `signal_to_noise`.
        shares: a row per (member, epoch, layer, share) with `minibatches`, `along`, `deviation`,
            from `ib_mlflow.training.gradient_share_rows`, for the interval; None for none.
        width: decades of epochs over which a slope is taken, above 0.
        per: whether a slope is that by a decade of epochs, or by an epoch.
        seed: of the bootstrap.

    Returns:
        Two rows per (member, layer), of the `quantity` "snr" and of "log_snr" (natural
        logarithm): `epoch` of the steepest fall, missing if it never falls or is known at fewer
        than two epochs; its `slope` per decade or epoch; `at_start` and `at_end`, whether it is
        the first or the last epoch of the curve, so that the steepest fall may lie before or after
        it (of two epochs, which have one slope, it may do both); `epoch_low` and `epoch_high`, a
        central 95 % interval of measured epochs over the replicates that fall, missing without
        five or more shares of every epoch of the curve; `falling`, the fraction of replicates that
        fall at all; `missing` epochs after epoch 0.

    Raises:
        InvalidInputError: a table is not as above, or an argument is out of range.

    Example:
        >>> epochs = np.array([1, 2, 4, 8, 16, 32])
        >>> table = pd.DataFrame({"member": 0, "epoch": epochs, "layer": 1, "weight_norm": 1.0,
        ...     "gradient_mean": [3.0, 3.0, 2.9, 0.2, 0.1, 0.1], "gradient_std": 1.0})
        >>> steepest_falls(table)[["quantity", "epoch", "at_end"]]
          quantity  epoch  at_end
        0      snr      4   False
        1  log_snr      8   False
    """
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width < np.inf:
        raise InvalidInputError(
            "the width must be positive, in decades of epochs", received=width, fix="Try 0.2."
        )
    if per not in ("decade", "epoch"):
        raise InvalidInputError(
            "a slope is per decade or per epoch", received=per, fix='Try per="decade".'
        )
    rows = signal_to_noise(table)
    resampling = None if shares is None else Resampling(shares, table, seed=seed)
    falls = []
    for _, group in rows[rows["epoch"] > 0].groupby(["member", "layer"]):
        member, layer = int(group["member"].iloc[0]), int(group["layer"].iloc[0])
        epochs, snr = group["epoch"].to_numpy(), group["snr"].to_numpy()
        replicates = None if resampling is None else resampling.ratios(member, layer, epochs)
        for quantity, reading in (("snr", _itself), ("log_snr", _logarithm)):
            curve = reading(snr)
            known = np.isfinite(curve)
            axis = EpochAxis(epochs[known], width, by_epoch=per == "epoch")
            resampled = None if replicates is None else reading(replicates)[:, known]
            fall = _fall(axis, curve[known], resampled)
            keys = {"member": member, "layer": layer, "quantity": quantity}
            falls.append({**keys, **fall, "missing": int((~known).sum())})
    columns = ["member", "layer", "quantity", *_NONE, "missing"]
    return pd.DataFrame(falls, columns=columns).astype(
        dict.fromkeys(["epoch", "epoch_low", "epoch_high"], "Int64")
    )


def seen_epochs(falls: pd.DataFrame) -> Numbers:
    """The epochs of steepest falls, as far as training was long enough to see them.

    Arguments:
        falls: rows of `steepest_falls`.

    Returns:
        (rows,) epochs, infinite of a fall at the last epoch of its curve, which may be steeper
        after it; 0 of one at the first epoch that is known, which may have been steeper before it,
        unless that is epoch 1; and NaN of one that may be either, and of a curve that never falls.

    Example:
        >>> table = pd.DataFrame({"member": 0, "epoch": [1, 2, 4], "layer": 1, "weight_norm": 1.0,
        ...     "gradient_mean": [3.0, 2.9, 0.2], "gradient_std": 1.0})
        >>> seen_epochs(steepest_falls(table))
        array([inf, inf])
    """
    epochs = falls["epoch"].to_numpy(dtype=np.float64, na_value=np.nan)
    later, before = falls["at_end"].to_numpy(bool), falls["at_start"].to_numpy(bool) & (epochs > 1)
    return np.select([later & before, later, before], [np.nan, np.inf, 0.0], epochs)


_NONE = {
    "epoch": pd.NA,
    "slope": np.nan,
    "at_start": False,
    "at_end": False,
    "epoch_low": pd.NA,
    "epoch_high": pd.NA,
    "falling": np.nan,
}


def _fall(axis: EpochAxis, curve: Numbers, resampled: Numbers | None) -> dict[str, Any]:
    place, slope = axis.steepest(curve)
    if place < 0:
        return dict(_NONE)
    fall = {**_NONE, "epoch": axis.epochs[place], "slope": float(slope)}
    fall["at_start"] = bool(place == 0)
    fall["at_end"] = bool(place == len(curve) - 1 or len(curve) == 2)
    if resampled is None or np.isnan(resampled).all(axis=0).any():
        return fall
    places, _ = axis.steepest(resampled)
    fall["falling"] = float((places >= 0).mean())
    low, high = np.quantile(places[places >= 0], [0.025, 0.975], method="inverted_cdf")
    return {**fall, "epoch_low": axis.epochs[low], "epoch_high": axis.epochs[high]}


def _itself(ratios: Numbers) -> Numbers:
    return ratios


def _logarithm(ratios: Numbers) -> Numbers:
    # a resampled mean that points the other way has no logarithm, and is left out like a zero
    return np.log(np.where(ratios > 0, ratios, np.nan))
