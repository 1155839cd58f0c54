"""Every figure, drawn of made-up readings that are as long and as many as a study's."""

from collections.abc import Callable
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from made_up import ensemble
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.figures import Converging, Power
from ib_mlflow.trajectory import Guides, Trajectory, compression

EPOCHS = [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 8000]
CONDITIONS = ("tanh, β = 0.005, orthonormal weights", "tanh, β = 0.01", "ReLU, β = 0.005", "ReLU")
LAYERS = ("CONV1", "CONV2", "CONV3", "FC1", "FC2", "FC3", "LOGITS")


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


@cache
def _plane(seed: int = 0, layers: int = 6, **more: float) -> Trajectory:
    return ensemble(members=4, layers=layers, count=10, seed=seed, **more)


def _sweep(sizes: tuple[float, ...] = (0.01, 0.07, 0.15, 0.3)) -> dict[str, Trajectory]:
    kinds = product((("szt tanh", 1.0), ("szt relu", 0.1)), sizes)
    return {
        f"{name}, bin_size={size}": _plane(bin_size=size, compress=compress)
        for (name, compress), size in kinds
    }


def _by_name(names: tuple[str, ...] = CONDITIONS) -> dict[str, Trajectory]:
    return {name: _plane(seed) for seed, name in enumerate(names)}


def _bins() -> pd.DataFrame:
    parts = []
    for (epoch, gain), (layer, units) in product(
        ((1, 0.5), (4000, 3.0), (8000, 8.0)), ((4, 5), (5, 4), (6, 3), (7, 2))
    ):
        for unit in range(1, units + 1):
            values = np.tanh(gain * _rng().normal(size=300))
            counts, edges = np.histogram(values, np.arange(-15, 16) * 0.07)
            parts.append(pd.DataFrame({"epoch": epoch, "layer": layer, "unit": unit,
                "bin_left": edges[:-1], "bin_right": edges[1:], "count": counts}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _distances() -> pd.DataFrame:
    parts = []
    for epoch, layer in product((1, 28, 541, 1230, 8000), range(4)):
        edges = np.linspace(0, 4, 41)
        within, between = (
            np.histogram(np.abs(_rng().normal(at, 0.4, 4000)), edges)[0] for at in (0.7, 1.8)
        )
        parts.append(pd.DataFrame({"epoch": epoch, "layer": layer, "bin_left": edges[:-1],
            "bin_right": edges[1:], "within": within, "between": between}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _occupied() -> pd.DataFrame:
    rows = [
        (member, epoch, layer, 4096 if layer < 5 else 4096 - 150 * (layer - 4) * place)
        for member, (place, epoch), layer in product(range(4), enumerate(EPOCHS), range(1, 7))
    ]
    return pd.DataFrame(rows, columns=["member", "epoch", "layer", "occupied"])


def _gradients() -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [
        (member, epoch, layer, 10 / (1 + epoch) + 1e-3, 0.1 + 0.01 * member, 90 / (1 + epoch))
        for member, epoch, layer in product(range(5), EPOCHS, range(1, 8))
    ]
    norms = pd.DataFrame(rows, columns=["member", "epoch", "layer", "mean", "std", "snr"])
    turns = pd.DataFrame({"layer": np.arange(35) % 7 + 1, "peak": 40.0, "fall": 300.0})
    return norms, turns.assign(peak=_rng().uniform(20, 90, 35))


def _turning() -> pd.DataFrame:
    at = _rng().uniform(10, 3000, 100)
    table = pd.DataFrame({"across": at, "up": 1.4 * at, "low": at, "high": 2 * at})
    return table.assign(group=[f"layer {layer}" for layer in np.arange(100) % 5 + 1])


def _networks(groups: tuple[str, ...]) -> pd.DataFrame:
    count = 10 * len(groups)
    samples = np.repeat(np.geomspace(200, 3500, len(groups)), 10)
    return pd.DataFrame({"group": np.repeat(groups, 10), "samples": samples,
        "gap": _rng().uniform(0, 0.2, count), "i_x": _rng().uniform(2, 8, count),
        "i_y": _rng().uniform(0.3, 0.7, count)})  # fmt: skip


def _layered() -> pd.DataFrame:
    rows = [
        (group, layer, np.inf if layer < 3 else 10.0 * layer * (1 + member), 3.0 * layer)
        for group, layer, member in product(("rule", "szt"), range(1, 7), range(5))
    ]
    return pd.DataFrame(rows, columns=["group", "layer", "tradeoff", "tradeoff_across"])


def _estimators() -> Trajectory:
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


def _images(rows: int, k: int) -> np.ndarray:
    return _rng().random((rows, k, 1, 28, 28))


def _bounded() -> Figure:
    line = [[0.0, 2.0, 8.32], [0.0, 0.6, 0.69]]
    return figures.bounded_plane({"rule": _plane(), "szt": _plane(1)}, {"rule": line, "szt": line})


def _compared() -> Figure:
    lost = {name: compression(plane) for name, plane in _by_name().items()}
    return figures.compare_settings(
        lost, quantity="drop", label="I(X; Bin T) lost after the peak [nats]", guide=("H(X)", 8.32)
    )


def _cases() -> dict[str, Converging]:
    sizes = [100, 300, 1000, 3000, 10000]
    names = ("by sample propagation", "Kozachenko–Leonenko", "kernel density", "plug-in")
    errors = {
        name: 5 + (1 + place) * _rng().normal(0.2, 1, (5, 12)) / np.sqrt(sizes)[:, None]
        for place, name in enumerate(names)
    }
    return {f"d = {d}, β = 0.1": Converging(sizes, errors, truth=5.0) for d in (5, 10, 20, 40)}


def _training() -> Figure:
    curves = {
        name: {
            layer: {updates: (-60.0 + place + updates / 300, 0.4) for updates in EPOCHS}
            for layer in LAYERS[::2]
        }
        for place, name in enumerate(("normal", "random labels", "untrained"))
    }
    return figures.training_bounds(curves, label="−H(x|h) from below")


def _layer_bounds() -> Figure:
    bounds = {
        name: {layer: (-20.0 - 6 * place, 0.4) for place, layer in enumerate(LAYERS)}
        for name in ("mnist", "cifar10")
    }
    levels = {"mnist": -70.0, "cifar10": -60.0}
    return figures.layer_bounds(
        bounds, label="−H(x|h) from below", level="no context", levels=levels
    )


def _relative() -> Figure:
    bounds = {
        name: {layer: (-1.0 - place / 4, 0.02) for place, layer in enumerate(LAYERS)}
        for name in ("mnist", "cifar10")
    }
    return figures.relative_bounds(bounds, label="−H(x|h) from below / |CONV1|")


def _scatter(units: int) -> Figure:
    labels = np.arange(600) % 2
    stages = {
        epoch: np.tanh(_rng().normal(size=(600, units)) + labels[:, None] * epoch / 2000)
        for epoch in (1, 541, 1230, 8000)
    }
    return figures.layer_scatter(stages, labels, layer="layer 5")


def _stopped() -> Figure:
    names = ("szt, 12-10-7-5-4-3-2", "szt, 12-10-7-4-3-2", "szt, 12-10-4-3-2", "control 12-10-4-2")
    return figures.member_dots(
        {name: _rng().uniform(0.8, 1, 10) for name in names}, label="validation accuracy"
    )


def _bound_paths() -> Figure:
    rise, epochs = np.array([0, 60, 70, 40]), (0, 3, 30, 200)
    half = np.array([15, 0.06])[:, None] * [0, -1, 1]
    paths = {
        f"h{layer}": half
        + np.stack([-300 * layer + rise, np.linspace(0.9 / layer, 1.1, 4)], axis=1)[..., None]
        for layer in (2, 3, 4)
    }
    labels = ("bound of I(x;h) without H(x)", "bound of I(y;h)")
    return figures.bound_paths(paths, epochs=epochs, labels=labels)


def _slopes() -> Figure:
    rows = [
        (f"bin size {size:g}", _rng().normal(-0.002, 0.002), 0.0005)
        for size, _ in product((0.01, 0.1, 0.5), range(30))
    ]
    return figures.unit_slopes(pd.DataFrame(rows, columns=["setting", "slope", "standard_error"]))


def _families() -> Figure:
    curves = {
        "before the noise": np.linspace(4, 1, 30).reshape(3, 10),
        "behind it": np.ones((3, 10)),
    }
    return figures.family_panels(
        EPOCHS, dict.fromkeys(CONDITIONS, curves), label="change since the start [nats]"
    )


def _weights() -> Figure:
    w = np.linspace(0, 30, 60)
    return figures.family_curves(
        w,
        {f"β = {beta:g}": np.log(3) * (1 - np.exp(-w * beta)) for beta in (0.01, 0.05, 0.1, 0.5)},
        x_label="weight w, with the bias −2w",
        label="I(X;T) [nats]",
        levels={"ln 2": np.log(2), "ln 3": np.log(3)},
    )


def _scaling() -> Figure:
    times = {size: _rng().uniform(100, 200, 10) * size for size in (8, 32, 128, 512, 2048)}
    times[2048][:3] = np.inf
    power = Power(1.0, 150.0, (8, 32, 128), "exponent 1.00 [0.93, 1.07]")
    return figures.scaling(times, label="epochs to the peak", setting="batch size", power=power)


def _similarities() -> Figure:
    models = {
        name: {layer: np.tanh(_rng().normal(at, 0.3, 500)) for layer in range(1, 5)}
        for at, name in enumerate(("noisy, β = 0.05", "dropout", "another seed"))
    }
    return figures.similarity_histograms(models, reference="deterministic twin")


def _motion(count: int) -> Figure:
    path = np.linspace(-0.5, 1, len(EPOCHS))[:, None] * np.array([-1.0, -0.3, 0.4, 1.0])
    return figures.centre_motion(
        {f"layer {layer}": path for layer in range(1, count + 1)},
        [0, 0, 1, 1],
        epochs=EPOCHS,
        beta=0.05,
        classes=["−1", "1"],
    )


def _densities() -> Figure:
    stages = {epoch: [-0.9, -0.3, 0.3, 0.9] for epoch in (28, 80, 541, 1230, 8000)}
    return figures.mixture_densities(stages, [0, 0, 1, 1], beta=0.05, classes=["−1", "1"])


GALLERY: dict[str, Callable[[], Figure]] = {
    "agreement": lambda: figures.agreement(
        _turning(), across="epoch of the largest I(X;T)", up="epoch of the steepest fall", factor=2
    ),
    "bin_histograms": lambda: figures.bin_histograms(_bins()),
    "bound_paths": _bound_paths,
    "bounded_plane": _bounded,
    "centre_motion": lambda: _motion(1),
    "centre_motion_of_two": lambda: _motion(2),
    "compare_settings": _compared,
    "convergence": lambda: figures.convergence(_cases(), label="h(S + Z)"),
    "distance_histograms": lambda: figures.distance_histograms(_distances()),
    "error_rates": lambda: figures.error_rates(_cases()),
    "estimator_curves": lambda: figures.estimator_curves(
        _estimators(),
        names={"quadrature": "exact", "mixture": "by sample propagation", "pairs_upper": "bound"},
        levels={"ln 2": np.log(2), "ln 4": np.log(4)},
        marked=[28, 541],
    ),
    "family_curves": _weights,
    "family_panels": _families,
    "gradient_phases": lambda: figures.gradient_phases(*_gradients()),
    "image_grid": lambda: figures.image_grid(
        {"input": _images(6, 1)} | {name: _images(6, 4) for name in LAYERS}
    ),
    "information_curves": lambda: figures.information_curves(_plane()),
    "information_plane": lambda: figures.information_plane({"szt tanh": _plane()}),
    "information_plane_of_a_sweep": lambda: figures.information_plane(_sweep()),
    "information_plane_of_seven": lambda: figures.information_plane(
        _sweep((0.01, 0.03, 0.07, 0.1, 0.15, 0.2, 0.3))
    ),
    "information_plane_of_conditions": lambda: figures.information_plane(_by_name()),
    "input_scatter": lambda: figures.input_scatter(
        _rng().normal(size=(500, 2)), np.arange(500) % 2
    ),
    "layer_bounds": _layer_bounds,
    "layer_dots": lambda: figures.layer_dots(
        _layered(), up={"tradeoff": "tradeoff at I(X;T)", "tradeoff_across": "tradeoff at I(T;Y)"}
    ),
    "layer_scatter_of_two": lambda: _scatter(2),
    "layer_scatter_of_three": lambda: _scatter(3),
    "loss_accuracy": lambda: figures.loss_accuracy(_by_name()),
    "loss_accuracy_of_one": lambda: figures.loss_accuracy(_plane()),
    "member_dots": _stopped,
    "mixture_densities": _densities,
    "occupied_bins": lambda: figures.occupied_bins(_occupied()),
    "phase_paths": lambda: figures.phase_paths(_plane()),
    "relations": lambda: figures.relations(
        _networks(("5 % of the data", "25 % of the data", "45 % of the data", "85 % of the data")),
        across={"samples": "samples learnt", "gap": "training less validation accuracy"},
        up={"i_x": "I(X;T) at the end [nats]", "i_y": "I(T;Y) at the end [nats]"},
        logarithmic=("samples",),
    ),
    "relative_bounds": _relative,
    "scaling": _scaling,
    "setting_curves": lambda: figures.setting_curves(_by_name(), marked=[28, 541]),
    "setting_curves_of_a_sweep": lambda: figures.setting_curves(_sweep(), label="H(Bin T)"),
    "similarity_histograms": _similarities,
    "training_bounds": _training,
    "unit_slopes": _slopes,
}
