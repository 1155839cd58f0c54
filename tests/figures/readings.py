"""Made-up readings of every kind of figure, as long and as many as a study's."""

from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from made_up import ensemble

from ib_mlflow.trajectory import Guides, Trajectory

EPOCHS = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 8000]
CONDITIONS = ("tanh, β = 0.005, orthonormal weights", "tanh, β = 0.01", "ReLU, β = 0.005", "ReLU")
LAYERS = ("CONV1", "CONV2", "CONV3", "FC1", "FC2", "FC3", "LOGITS")


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@cache
def plane(seed: int = 0, layers: int = 6, **more: float) -> Trajectory:
    return ensemble(members=4, layers=layers, count=10, seed=seed, **more)


def sweep(sizes: tuple[float, ...] = (0.01, 0.07, 0.15, 0.3)) -> dict[str, Trajectory]:
    kinds = product((("szt tanh", 1.0), ("szt relu", 0.1)), sizes)
    return {
        f"{name}, bin_size={size}": plane(bin_size=size, compress=compress)
        for (name, compress), size in kinds
    }


def by_name(names: tuple[str, ...] = CONDITIONS) -> dict[str, Trajectory]:
    return {name: plane(seed) for seed, name in enumerate(names)}


def bins() -> pd.DataFrame:
    parts = []
    for (epoch, gain), (layer, units) in product(
        ((1, 0.5), (4000, 3.0), (8000, 8.0)), ((4, 5), (5, 4), (6, 3), (7, 2))
    ):
        for unit in range(1, units + 1):
            values = np.tanh(gain * rng().normal(size=300))
            counts, edges = np.histogram(values, np.arange(-15, 16) * 0.07)
            parts.append(pd.DataFrame({"epoch": epoch, "layer": layer, "unit": unit,
                "bin_left": edges[:-1], "bin_right": edges[1:], "count": counts}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def distances() -> pd.DataFrame:
    parts = []
    for epoch, layer in product((1, 28, 541, 1230, 8000), range(4)):
        edges = np.linspace(0, 4, 41)
        within, between = (
            np.histogram(np.abs(rng().normal(at, 0.4, 4000)), edges)[0] for at in (0.7, 1.8)
        )
        parts.append(pd.DataFrame({"epoch": epoch, "layer": layer, "bin_left": edges[:-1],
            "bin_right": edges[1:], "within": within, "between": between}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def occupied() -> pd.DataFrame:
    rows = [
        (member, epoch, layer, 4096 if layer < 5 else 4096 - 150 * (layer - 4) * place)
        for member, (place, epoch), layer in product(range(4), enumerate(EPOCHS), range(1, 7))
    ]
    return pd.DataFrame(rows, columns=["member", "epoch", "layer", "occupied"])


def gradients() -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [
        (member, epoch, layer, 10 / (1 + epoch) + 1e-3, 0.1 + 0.01 * member, 90 / (1 + epoch))
        for member, epoch, layer in product(range(5), EPOCHS, range(1, 8))
    ]
    norms = pd.DataFrame(rows, columns=["member", "epoch", "layer", "mean", "std", "snr"])
    turns = pd.DataFrame({"layer": np.arange(35) % 7 + 1, "peak": 40.0, "fall": 300.0})
    return norms, turns.assign(peak=rng().uniform(20, 90, 35))


def turning() -> pd.DataFrame:
    at = rng().uniform(10, 3000, 100)
    table = pd.DataFrame({"across": at, "up": 1.4 * at, "low": at, "high": 2 * at})
    groups = [f"layer {layer}" for layer in np.arange(100) % 5 + 1]
    return table.assign(group=groups, seen=at < 2700)


def networks(groups: tuple[str, ...]) -> pd.DataFrame:
    count = 10 * len(groups)
    samples = np.repeat(np.geomspace(200, 3500, len(groups)), 10)
    return pd.DataFrame({"group": np.repeat(groups, 10), "samples": samples,
        "gap": rng().uniform(0, 0.2, count), "i_x": rng().uniform(2, 8, count),
        "i_y": rng().uniform(0.3, 0.7, count)})  # fmt: skip


def layered() -> pd.DataFrame:
    rows = [
        (group, layer, np.inf if layer < 3 else 10.0 * layer * (1 + member), 3.0 * layer)
        for group, layer, member in product(("rule", "szt"), range(1, 7), range(5))
    ]
    return pd.DataFrame(rows, columns=["group", "layer", "tradeoff", "tradeoff_across"])


def estimators() -> Trajectory:
    guides = Guides(np.log(4), 0.56, 0.56)
    parts = []
    for shift, (name, kind) in enumerate(
        (("quadrature", "point"), ("mixture", "point"), ("pairs_upper", "upper"))
    ):
        i_x = np.linspace(1.3, 0.6, len(EPOCHS))[None, :, None] + np.zeros((3, 1, 2)) + shift / 20
        made = Trajectory.from_arrays(i_x, i_x / 3, epochs=EPOCHS, n=4, guides=guides,
            estimator=name, setting="beta=0.01")  # fmt: skip
        parts.append(Trajectory(made.frame.assign(kind=kind), guides))
    return Trajectory.concat(parts)


def images(rows: int, k: int) -> np.ndarray:
    return rng().random((rows, k, 1, 28, 28))
