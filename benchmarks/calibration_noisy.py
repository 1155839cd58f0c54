"""Noisy layers whose information is known, on which `calibration.py` runs their estimator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import entr
from scipy.stats import norm

from ib_mlflow.information import noisy_information

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Measure = Callable[[int], tuple[float, float]]


class Regime(NamedTuple):
    """An estimator of one thing: how it is measured with a seed, and what is true."""

    name: str
    measure: Measure
    truth: float


def line_entropy(centres: Numbers, weights: Numbers, beta: float) -> float:
    """Entropy of a mixture on a line by the trapezoidal rule, which errs by less than 1e-10."""
    step = beta / 12
    t = np.arange(centres.min() - 10 * beta, centres.max() + 10 * beta, step)
    return float(entr(norm.pdf(t[:, None], centres, beta) @ weights).sum() * step)


def noisy() -> Iterator[Regime]:
    """Linear networks: two inputs, twelve, and the corners of a cube, with two labels.

    Layers of noise, one upon the other, are one whose variance is their sum.
    """
    betas, side = (0.25, 10**-0.5, 0.5, 1.0), np.linspace(-2, 2, 12)
    pair, twelve = np.array([-1.0, 1.0]), side + 0.5 * np.sign(side)
    for beta in betas:
        yield Regime(f"noisy_information, layer 1, β = {beta:.2g}",
                     _noisy(pair[:, None], beta, 1, 64, "i_x"), _line(pair, beta)[0])  # fmt: skip
        truths = _line(pair, math.sqrt(2) * beta)
        yield from _deeper("", pair[:, None], beta, 2, (4, 64), truths)
    for layer, some in ((2, betas), (3, (0.25, 0.5))):
        for beta in some:
            truths = _line(twelve, math.sqrt(layer) * beta)
            yield from _deeper(
                "12 inputs, ", twelve[:, None], beta, layer, (16, 64)[layer - 2 :], truths
            )
    # Each coordinate has the information of a line, and the label is that of one.
    corners = np.tile(2.0 * ((np.arange(8)[:, None] >> np.arange(3)) & 1) - 1, (2, 1))
    for beta, repeats in ((0.35, 256), (0.5, 64)):
        i_x, i_y = _line(pair, math.sqrt(2) * beta)
        yield from _deeper("8 corners twice, ", corners, beta, 2, (repeats,), (3 * i_x, i_y))


def _deeper(
    name: str, inputs: Numbers, beta: float, layer: int, counts: tuple[int, ...],
    truths: tuple[float, float],
) -> Iterator[Regime]:  # fmt: skip
    for repeats in counts:
        for field in ("i_x", "i_x_lower", "i_y"):
            yield Regime(
                f"noisy_information {field}, {name}layer {layer}, {repeats} repeats, "
                f"β = {beta:.2g}",
                _noisy(inputs, beta, layer, repeats, field),
                truths[field == "i_y"],
            )


def _line(inputs: Numbers, deviation: float) -> tuple[float, float]:
    """What noise of a deviation leaves of equally likely inputs on a line, and of their signs."""
    sides = inputs[inputs < 0], inputs[inputs > 0]
    whole, *given = (
        line_entropy(rows, np.full(len(rows), 1 / len(rows)), deviation)
        for rows in (inputs, *sides)
    )
    signs = sum(len(rows) * part for rows, part in zip(sides, given, strict=True)) / len(inputs)
    return whole - 0.5 * math.log(2 * math.pi * math.e * deviation**2), whole - signs


def _noisy(inputs: Numbers, beta: float, layer: int, repeats: int, field: str) -> Measure:
    def propagate(inputs: Numbers, *, seed: int, repeats: int = 1) -> Iterator[tuple[int, Numbers]]:
        rng, signal = np.random.default_rng(seed), np.repeat(inputs, repeats, axis=0)
        yield 1, signal
        for deeper in range(2, layer + 1):
            signal = signal + beta * rng.normal(size=signal.shape)
            yield deeper, signal

    def measure(seed: int) -> tuple[float, float]:
        layers = noisy_information(
            propagate, inputs, inputs[:, 0] > 0, beta=beta, seed=seed,
            repeats=repeats, n_queries=2000,
        )  # fmt: skip
        information = next(of for number, of in layers if number == layer)
        columns = {**vars(information), **information.diagnostics}
        return float(columns[field]), float(columns[f"{field}_se"])

    return measure
