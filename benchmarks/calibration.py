"""Coverage of the standard errors that the library states, over regimes of known truth.

Each estimator is run on many draws. Printed are its bias over its standard error, the spread of its
values over the root mean square of its standard errors, which should be near 1, and how often the
truth lies within 1.96 standard errors, which is 0.95 where the error is all there is. Estimators
that are biased by their own account cover less by that; where there is no spread at all the truth
is in every interval.

    python benchmarks/calibration.py [--repetitions 400] [--only mixture]
"""

from __future__ import annotations

import argparse
import math
import zlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from calibration_noisy import Regime, line_entropy, noisy
from scipy.special import entr
from scipy.stats import norm

from ib_mlflow.information import (
    Estimate,
    binned_information,
    classifier_information,
    decoder_information,
    edge_information,
    entropy,
    kde_entropy,
    kde_information,
    knn_entropy,
    ksg_information,
    mixture_entropy,
    mutual_information,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Measure = Callable[[int], tuple[float, float]]

EXACT = 1e-9  # nats: a spread of rounding


class Calibration(NamedTuple):
    """What repetitions say of a standard error."""

    bias: float
    spread: float
    coverage: float
    error: float


def mixtures() -> Iterator[Regime]:
    """Corners of cubes, from distant to merged, and uneven centres on a line."""
    for d in (1, 3, 10):
        corners = 2.0 * ((np.arange(2**d)[:, None] >> np.arange(d)) & 1) - 1
        for beta in (0.2, 0.3, 10**-0.5, 0.5, 1.0, 2.0):
            truth = d * line_entropy(np.array([-1.0, 1.0]), np.full(2, 0.5), beta)
            yield _mixture(f"{2**d} corners, β = {beta:.2g}", corners, None, beta, truth)
    rng = np.random.default_rng(0)
    uneven, weights = rng.normal(size=12), rng.dirichlet(np.full(12, 0.3))
    for beta in (0.01, 0.03, 0.1, 0.3, 1.0):
        truth = line_entropy(uneven, weights, beta)
        yield _mixture(f"12 uneven centres, β = {beta:.2g}", uneven[:, None], weights, beta, truth)
    clusters = np.repeat([-1.0, 1.0], 50) + 0.05 * rng.normal(size=100)
    for beta in (0.1, 0.3, 0.5):
        truth = line_entropy(clusters, np.full(100, 0.01), beta)
        yield _mixture(f"two tight clusters, β = {beta:.2g}", clusters[:, None], None, beta, truth)


def _mixture(
    name: str, centres: Numbers, weights: Numbers | None, beta: float, truth: float
) -> Regime:
    def measure(seed: int) -> tuple[float, float]:
        estimate = mixture_entropy(centres, beta=beta, weights=weights, n_queries=4000, seed=seed)
        return estimate.value, estimate.standard_error

    return Regime(f"mixture_entropy, {name}", measure, truth)


def samples() -> Iterator[Regime]:
    """Estimators from samples: Gaussians, uniform variables, and symbols."""
    unit = 0.5 * math.log(2 * math.pi * math.e)
    for d in (1, 2, 3):
        yield Regime(f"knn_entropy, Gaussian, d = {d}",
                     _of(lambda rng, d=d: knn_entropy(rng.normal(size=(1000, d)), k=3)),
                     d * unit)  # fmt: skip
    yield Regime("kde_entropy, Gaussian, d = 1",
                 _of(lambda rng: kde_entropy(rng.normal(size=(1000, 1)))), unit)  # fmt: skip
    for rho in (0.0, 0.6, 0.9):
        truth = -0.5 * math.log(1 - rho**2)
        yield Regime(f"ksg_information, ρ = {rho}",
                     _of(lambda rng, rho=rho: ksg_information(*_pair(rng, rho), k=3)),
                     truth)  # fmt: skip
        yield Regime(f"edge_information, ρ = {rho}",
                     _of(lambda rng, rho=rho: edge_information(*_pair(rng, rho))),
                     truth)  # fmt: skip
    odds = np.array([0.5, 0.3, 0.15, 0.05])
    yield Regime("entropy, 4 symbols", _of(lambda rng: entropy(rng.choice(4, 1000, p=odds))),
                 float(entr(odds).sum()))  # fmt: skip
    for flip in (0.1, 0.4):
        truth = math.log(2) - float(entr([flip, 1 - flip]).sum())

        def bits(rng: np.random.Generator, flip: float = flip) -> Estimate:
            x = rng.integers(2, size=1000)
            return mutual_information(x, x ^ (rng.random(1000) < flip))

        yield Regime(f"mutual_information, a bit flipped {flip}", _of(bits), truth)
    edges = norm.cdf(np.arange(-9, 10))

    def cells(rng: np.random.Generator) -> Estimate:
        t = rng.normal(size=(1000, 1))
        return binned_information(t, t[:, 0] > 0, bin_size=1.0).estimates()[0]

    yield Regime("binned_information i_x, Gaussian", _of(cells), float(entr(np.diff(edges)).sum()))


def bounds() -> Iterator[Regime]:
    """Kernel bounds of a Gaussian layer, and decoders that are the truth of a flipped bit."""
    for variance in (0.1, 1.0):
        for at, (side, width) in enumerate((("lower", 4 * variance), ("upper", variance))):
            # the mean over centres from N(0, 1) of -ln E exp(-D / 2 width), in closed form
            truth = 0.5 * math.log((1 + width) / width) + 0.5 / (1 + width)

            def kernel(
                rng: np.random.Generator, at: int = at, variance: float = variance
            ) -> Estimate:
                t = rng.normal(size=(2000, 1))
                return kde_information(t, t[:, 0] > 0, variance=variance)[at]

            yield Regime(f"kde_information, i_x {side}, variance {variance}", _of(kernel), truth)
    for flip in (0.1, 0.4):
        hidden = float(entr([flip, 1 - flip]).sum())
        for name, bound, truth in (
            ("decoder_information −H(X\\|h)", _told, -hidden),
            ("decoder_information I(X;h)", _tells, math.log(2) - hidden),
            ("classifier_information", _classified, math.log(2) - hidden),
        ):
            measure = _of(lambda rng, bound=bound, flip=flip: bound(*_flipped(rng, flip)))
            yield Regime(f"{name}, a bit flipped {flip}", measure, truth)


def _flipped(rng: np.random.Generator, flip: float) -> tuple[Numbers, NDArray[np.int64]]:
    """1000 equally likely bits: ln q of one that is flipped, under both, and which it was."""
    bits = rng.integers(2, size=1000)
    table = np.log([[1 - flip, flip], [flip, 1 - flip]])
    return table[bits ^ (rng.random(1000) < flip)], bits


def _told(logs: Numbers, bits: NDArray[np.int64]) -> Estimate:
    own = logs[np.arange(len(bits)), bits]
    return decoder_information(own, dimensions=1).negative_cross_entropy["h"]


def _tells(logs: Numbers, bits: NDArray[np.int64]) -> Estimate:
    bounds = decoder_information(logs, dimensions=1, values=bits, prior=[0.5, 0.5])
    return bounds.information["h"]


def _classified(logs: Numbers, bits: NDArray[np.int64]) -> Estimate:
    return classifier_information(logs, bits)


def _pair(rng: np.random.Generator, rho: float) -> tuple[Numbers, Numbers]:
    x, z = rng.normal(size=(2, 1000, 1))
    return x, rho * x + math.sqrt(1 - rho**2) * z


def _of(estimate: Callable[[np.random.Generator], Estimate]) -> Measure:
    def measure(seed: int) -> tuple[float, float]:
        result = estimate(np.random.default_rng(seed))
        return result.value, result.standard_error

    return measure


REGIMES = {"mixture": mixtures, "noisy": noisy, "samples": samples, "bounds": bounds}


def calibrate(regime: Regime, repetitions: int) -> Calibration:
    """Repeat an estimate with seeds of its own."""
    first = zlib.crc32(regime.name.encode())
    runs = np.array([regime.measure(first + seed) for seed in range(repetitions)])
    values, errors = runs.T
    error = math.sqrt(float(np.mean(errors**2)))
    covered = np.abs(values - regime.truth) <= 1.96 * errors + EXACT
    scale = max(error, EXACT)
    return Calibration(
        float(values.mean() - regime.truth) / scale, float(values.std()) / scale,
        float(covered.mean()), error,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--repetitions", type=int, default=400)
    parser.add_argument("--only", choices=REGIMES)
    options = parser.parse_args()
    print("| what | standard error | bias / it | spread / it | covers |")
    print("|---|---|---|---|---|")
    for name, regimes in REGIMES.items():
        for regime in regimes() if options.only in (None, name) else ():
            of = calibrate(regime, options.repetitions)
            print(f"| {regime.name} | {of.error:.1e} | {of.bias:+.2f} | {of.spread:.2f} "
                  f"| {of.coverage:.2f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
