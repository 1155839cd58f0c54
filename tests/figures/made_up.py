"""Made-up ensembles that move through the plane as trained ones do."""

import numpy as np

from ib_mlflow.trajectory import Guides, Trajectory

H_X, H_Y = float(np.log(4096)), float(np.log(2))


def epochs_until(last: int, count: int) -> list[int]:
    spaced = np.expm1(np.linspace(0, np.log1p(last), 4 * count)).round().astype(int)
    unique = np.unique(spaced)
    kept = unique[np.linspace(0, unique.size - 1, min(count, unique.size)).round().astype(int)]
    return sorted(set(kept.tolist()))


def ensemble(
    *,
    members: int = 20,
    layers: int = 6,
    last: int = 8000,
    count: int = 100,
    seed: int = 0,
    bin_size: float = 0.07,
    compress: float = 1.0,
) -> Trajectory:
    """Rise, then fall more the deeper the layer; finer bins hold every layer nearer the corner."""
    rng = np.random.default_rng(seed)
    epochs = epochs_until(last, count)
    time = np.log1p(epochs)[None, :, None]
    depth = np.arange(layers)[None, None, :] / max(layers - 1, 1)
    late = rng.normal(4.2, 0.25, (members, 1, 1)) + 0.5 * depth
    lift = 1 - np.exp(-0.12 / bin_size)
    start = H_X * (0.98 - (0.75 - 0.55 * lift) * depth**0.8)
    fit = 1 / (1 + np.exp(-2.2 * (time - late)))
    shrink = 1 / (1 + np.exp(-1.6 * (time - late - 2.2)))
    loss = compress * (1 - 0.7 * lift) * depth**2 * (0.75 + 0.1 * rng.normal(size=(members, 1, 1)))
    drift = np.cumsum(rng.normal(0, 0.012, (members, len(epochs), layers)), axis=1)
    rise = 0.14 * H_X * np.sqrt(depth) * fit * (1 - depth * 0.4)
    i_x = np.clip(start + rise - loss * start * shrink + drift * 1.6, 0.4, H_X)
    share = 0.25 + 0.7 * (i_x / H_X) ** 2 * (1 - 0.5 * depth)
    i_y = H_Y * np.clip(share + (0.985 - 0.03 * depth - share) * fit + drift * 0.12, 0.02, 1)
    curve = fit[:, :, 0]
    over = shrink[:, :, 0]
    learning = {
        "train_loss": 0.69 - 0.66 * curve + rng.normal(0, 0.004, curve.shape) ** 2,
        "val_loss": 0.69 - 0.5 * curve + 0.35 * over + rng.normal(0, 0.01, curve.shape) ** 2,
        "train_accuracy": np.clip(0.5 + 0.49 * curve, 0, 1),
        "val_accuracy": np.clip(0.5 + 0.43 * curve - 0.01 * over, 0, 1),
    }
    return Trajectory.from_arrays(
        i_x,
        i_y,
        epochs=epochs,
        n=4096,
        guides=Guides(H_X, H_Y, H_Y),
        estimator="binned",
        setting=f"bin_size={bin_size}",
        learning=learning,
    )
