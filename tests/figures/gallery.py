"""Every figure, drawn of made-up readings that are as long and as many as a study's."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
import readings
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.figures import Converging, Power
from ib_mlflow.trajectory import compression


def _bounded() -> Figure:
    line = [[0.0, 2.0, 8.32], [0.0, 0.6, 0.69]]
    return figures.bounded_plane(
        {"rule": readings.plane(), "szt": readings.plane(1)}, {"rule": line, "szt": line}
    )


def _compared() -> Figure:
    lost = {name: compression(plane) for name, plane in readings.by_name().items()}
    return figures.compare_settings(
        lost, quantity="drop", label="I(X; Bin T) lost after the peak [nats]", guide=("H(X)", 8.32)
    )


def _cases() -> dict[str, Converging]:
    sizes = [100, 300, 1000, 3000, 10000]
    names = ("by sample propagation", "Kozachenko–Leonenko", "kernel density", "plug-in")
    errors = {
        name: 5 + (1 + place) * readings.rng().normal(0.2, 1, (5, 12)) / np.sqrt(sizes)[:, None]
        for place, name in enumerate(names)
    }
    return {f"d = {d}, β = 0.1": Converging(sizes, errors, truth=5.0) for d in (5, 10, 20, 40)}


def _training() -> Figure:
    curves = {
        name: {
            layer: {updates: (-60.0 + place + updates / 300, 0.4) for updates in readings.EPOCHS}
            for layer in readings.LAYERS[::2]
        }
        for place, name in enumerate(("normal", "random labels", "untrained"))
    }
    return figures.training_bounds(curves, label="−H(x|h) from below")


def _layer_bounds() -> Figure:
    bounds = {
        name: {layer: (-20.0 - 6 * place, 0.4) for place, layer in enumerate(readings.LAYERS)}
        for name in ("mnist", "cifar10")
    }
    levels = {"mnist": -70.0, "cifar10": -60.0}
    return figures.layer_bounds(
        bounds, label="−H(x|h) from below", level="no context", levels=levels
    )


def _relative() -> Figure:
    bounds = {
        name: {layer: (-1.0 - place / 4, 0.02) for place, layer in enumerate(readings.LAYERS)}
        for name in ("mnist", "cifar10")
    }
    return figures.relative_bounds(bounds, label="−H(x|h) from below / |CONV1|")


def _scatter(units: int) -> Figure:
    labels = np.arange(600) % 2
    stages = {
        epoch: np.tanh(readings.rng().normal(size=(600, units)) + labels[:, None] * epoch / 2000)
        for epoch in (1, 541, 1230, 8000)
    }
    return figures.layer_scatter(stages, labels, layer="layer 5")


def _stopped() -> Figure:
    names = ("szt, 12-10-7-5-4-3-2", "szt, 12-10-7-4-3-2", "szt, 12-10-4-3-2", "control 12-10-4-2")
    return figures.member_dots(
        {name: readings.rng().uniform(0.8, 1, 10) for name in names}, label="validation accuracy"
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
        (f"bin size {size:g}", readings.rng().normal(-0.002, 0.002), 0.0005)
        for size, _ in product((0.01, 0.1, 0.5), range(30))
    ]
    return figures.unit_slopes(pd.DataFrame(rows, columns=["setting", "slope", "standard_error"]))


def _families() -> Figure:
    curves = {
        "before the noise": np.linspace(4, 1, 30).reshape(3, 10),
        "behind it": np.ones((3, 10)),
    }
    return figures.family_panels(
        readings.EPOCHS,
        dict.fromkeys(readings.CONDITIONS, curves),
        label="change since the start [nats]",
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
    times = {size: readings.rng().uniform(100, 200, 10) * size for size in (8, 32, 128, 512, 2048)}
    times[2048][:3] = np.inf
    power = Power(1.0, 150.0, (8, 32, 128), "exponent 1.00 [0.93, 1.07]")
    return figures.scaling(times, label="epochs to the peak", setting="batch size", power=power)


def _similarities() -> Figure:
    models = {
        name: {layer: np.tanh(readings.rng().normal(at, 0.3, 500)) for layer in range(1, 5)}
        for at, name in enumerate(("noisy, β = 0.05", "dropout", "another seed"))
    }
    return figures.similarity_histograms(models, reference="deterministic twin")


def _motion(count: int) -> Figure:
    path = np.linspace(-0.5, 1, len(readings.EPOCHS))[:, None] * np.array([-1.0, -0.3, 0.4, 1.0])
    return figures.centre_motion(
        {f"layer {layer}": path for layer in range(1, count + 1)},
        [0, 0, 1, 1],
        epochs=readings.EPOCHS,
        beta=0.05,
        classes=["−1", "1"],
    )


def _densities() -> Figure:
    stages = {epoch: [-0.9, -0.3, 0.3, 0.9] for epoch in (28, 80, 541, 1230, 8000)}
    return figures.mixture_densities(stages, [0, 0, 1, 1], beta=0.05, classes=["−1", "1"])


GALLERY: dict[str, Callable[[], Figure]] = {
    "agreement": lambda: figures.agreement(
        readings.turning(),
        across="epoch of the largest I(X;T)",
        up="epoch of the steepest fall",
        factor=2,
    ),
    "bin_histograms": lambda: figures.bin_histograms(readings.bins()),
    "bound_paths": _bound_paths,
    "bounded_plane": _bounded,
    "centre_motion": lambda: _motion(1),
    "centre_motion_of_two": lambda: _motion(2),
    "compare_settings": _compared,
    "convergence": lambda: figures.convergence(_cases(), label="h(S + Z)"),
    "distance_histograms": lambda: figures.distance_histograms(readings.distances()),
    "error_rates": lambda: figures.error_rates(_cases()),
    "estimator_curves": lambda: figures.estimator_curves(
        readings.estimators(),
        names={"quadrature": "exact", "mixture": "by sample propagation", "pairs_upper": "bound"},
        levels={"ln 2": np.log(2), "ln 4": np.log(4)},
        marked=[28, 541],
    ),
    "family_curves": _weights,
    "family_panels": _families,
    "gradient_phases": lambda: figures.gradient_phases(*readings.gradients()),
    "image_grid": lambda: figures.image_grid(
        {"input": readings.images(6, 1)} | {name: readings.images(6, 4) for name in readings.LAYERS}
    ),
    "information_curves": lambda: figures.information_curves(readings.plane()),
    "information_plane": lambda: figures.information_plane({"szt tanh": readings.plane()}),
    "information_plane_of_a_sweep": lambda: figures.information_plane(readings.sweep()),
    "information_plane_of_seven": lambda: figures.information_plane(
        readings.sweep((0.01, 0.03, 0.07, 0.1, 0.15, 0.2, 0.3))
    ),
    "information_plane_of_conditions": lambda: figures.information_plane(readings.by_name()),
    "input_scatter": lambda: figures.input_scatter(
        readings.rng().normal(size=(500, 2)), np.arange(500) % 2
    ),
    "layer_bounds": _layer_bounds,
    "layer_dots": lambda: figures.layer_dots(
        readings.layered(),
        up={"tradeoff": "tradeoff at I(X;T)", "tradeoff_across": "tradeoff at I(T;Y)"},
    ),
    "layer_scatter_of_two": lambda: _scatter(2),
    "layer_scatter_of_three": lambda: _scatter(3),
    "loss_accuracy": lambda: figures.loss_accuracy(readings.by_name()),
    "loss_accuracy_of_one": lambda: figures.loss_accuracy(readings.plane()),
    "member_dots": _stopped,
    "mixture_densities": _densities,
    "occupied_bins": lambda: figures.occupied_bins(readings.occupied()),
    "phase_paths": lambda: figures.phase_paths(readings.plane()),
    "relations": lambda: figures.relations(
        readings.networks(
            ("5 % of the data", "25 % of the data", "45 % of the data", "85 % of the data")
        ),
        across={"samples": "samples learnt", "gap": "training less validation accuracy"},
        up={"i_x": "I(X;T) at the end [nats]", "i_y": "I(T;Y) at the end [nats]"},
        logarithmic=("samples",),
    ),
    "relative_bounds": _relative,
    "scaling": _scaling,
    "setting_curves": lambda: figures.setting_curves(readings.by_name(), marked=[28, 541]),
    "setting_curves_of_a_sweep": lambda: figures.setting_curves(readings.sweep(), label="H(Bin T)"),
    "similarity_histograms": _similarities,
    "training_bounds": _training,
    "unit_slopes": _slopes,
}
