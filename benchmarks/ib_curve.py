"""The information bottleneck's curve against embo, in one run.

A random joint distribution of 256 × 2 at 30 tradeoffs from 1 to 30, by both, in turn, and from 1 to
100, where T has up to 13 values and the target is not met; a binary symmetric channel
at 60 tradeoffs, against its closed form; the rule of the SZT task with its 4096 inputs at 60
tradeoffs. Compilation is not timed. The ratio is of the shortest times, since other processes only
ever add to a time. embo 1.1 is no dependency: if it cannot be imported, ours is timed alone.

    pip install --target /tmp/embo embo==1.1.0 && PYTHONPATH=/tmp/embo python benchmarks/ib_curve.py
"""

from __future__ import annotations

import argparse
import math
import time
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import entr

from ib_mlflow.data import szt_rule
from ib_mlflow.information import IBCurve, ib_curve

try:
    import embo
except ImportError:
    embo = None

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_TRADEOFFS = (30.0, 100.0)  # where T keeps 84 % and 95 % of I(X;Y)
AT_LEAST, LARGEST_CERTIFICATE = 20.0, 1e-6
CHANNEL_SECONDS, SZT_SECONDS, CHANNEL_ERROR = 0.25, 5.0, 1e-10
CROSSOVER = 0.1


def seconds(way: Callable[[], object]) -> float:
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def line(title: str, times: list[float], curve: IBCurve) -> None:
    print(
        f"{title:44} {min(times):8.3f} s (median {np.median(times):.3f}), "
        f"certificate at most {curve.certificate.max():.1e} nats"
    )


def entropy(p: float) -> float:
    return float(entr(p) + entr(1 - p))


def symmetric_channel(i_x: float) -> float:
    """The largest I(T;Y) of a binary symmetric channel with a uniform input, nats."""
    noise = brentq(lambda q: entropy(q) - (math.log(2) - i_x), 0, 0.5, xtol=1e-16)
    return math.log(2) - entropy(noise * (1 - CROSSOVER) + CROSSOVER * (1 - noise))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    missed = []

    joint = np.random.default_rng(0).random((256, 2))
    joint /= joint.sum()
    for largest, target in zip(LARGEST_TRADEOFFS, (AT_LEAST, 0.0), strict=True):
        tradeoffs = np.linspace(1, largest, 30)
        curve = ib_curve(joint, tradeoffs)
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(seconds(lambda tradeoffs=tradeoffs: ib_curve(joint, tradeoffs)))
            if embo is not None:
                bottleneck = embo.InformationBottleneck(
                    pxy=joint, minbeta=1.0, maxbeta=largest, numbeta=30
                )
                theirs.append(seconds(bottleneck.get_bottleneck))
        line(f"256 × 2 at 30 tradeoffs from 1 to {largest:g}", ours, curve)
        if curve.certificate.max() > LARGEST_CERTIFICATE:
            missed.append("certificate")
        if theirs:
            ratio = min(theirs) / min(ours)
            print(f"embo: {min(theirs):.3f} s, {ratio:.1f} times ours, at least {target:g}")
            if ratio < target:
                missed.append("ratio to embo")
        else:
            print("embo cannot be imported: ours alone")

    channel = np.array([[1 - CROSSOVER, CROSSOVER], [CROSSOVER, 1 - CROSSOVER]]) / 2
    tradeoffs = np.geomspace(1.4, 40, 60)
    curve = ib_curve(channel, tradeoffs)
    times = [seconds(lambda: ib_curve(channel, tradeoffs)) for _ in range(options.rounds)]
    line("binary symmetric channel at 60 tradeoffs", times, curve)
    error = max(abs(symmetric_channel(x) - y) for x, y in zip(curve.i_x, curve.i_y, strict=True))
    print(f"largest error against the closed form: {error:.1e} nats, at most {CHANNEL_ERROR}")
    if min(times) > CHANNEL_SECONDS or error > CHANNEL_ERROR:
        missed.append("binary symmetric channel")

    rule = szt_rule(4.0)
    for title, tradeoffs in (("given", np.geomspace(1.001, 50, 60)), ("by default", None)):
        curve = ib_curve(rule, tradeoffs)
        times = [seconds(lambda tradeoffs=tradeoffs: ib_curve(rule, tradeoffs)) for _ in range(2)]
        line(f"SZT, 4096 inputs, 60 tradeoffs {title}", times, curve)
        if min(times) > SZT_SECONDS:
            missed.append("SZT")
    if missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
