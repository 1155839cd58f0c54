"""The paper's claims about single neurons and pairs of them, judged over networks.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 4 and Fig. 4; supplement, section 8 and
    Fig. 9.
"""

from collections.abc import Mapping

import numpy as np

from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import Finding, most, rises
from projects.noise.minimal_examples.agreement import ROUNDING, agreement
from projects.noise.minimal_examples.chains import Numbers
from projects.noise.minimal_examples.information import EXACT
from projects.noise.minimal_examples.training import Followed

FOUR, THREE = float(np.log(4)), 1.5 * float(np.log(2))
TWO = float(-(0.25 * np.log(0.25) + 0.75 * np.log(0.75)))
"""H of four, three and two clusters of the inputs -3, -1, 1, 3: sizes 1111, 211 and 31."""
LEVELS = {"4 clusters": FOUR, "3 clusters": THREE, "2 clusters": TWO}


def crossings(epochs: Numbers, curves: Numbers, level: float) -> Numbers:
    """The first epoch at which each curve, after its highest point, lies below a level.

    Arguments:
        epochs: (t,).
        curves: (e, t).
        level: in the curves' unit.

    Returns:
        (e,) epochs; infinite where it never does.

    Example:
        >>> crossings(np.arange(4.0), np.array([[0, 2, 1, 0.5], [0, 1, 2, 2]]), 1.5)
        array([ 2., inf])
    """
    after = np.arange(epochs.size) >= curves.argmax(axis=1)[:, None]
    below = after & (curves < level)
    return np.where(below.any(axis=1), epochs[below.argmax(axis=1)], np.inf)


def neuron_findings(one: Followed) -> list[Finding]:
    """Judge the claims about the tanh neuron."""
    i_x = one.curves(EXACT, 1)
    ratios = one.weights[-1, :, 0, 1] / one.weights[-1, :, 0, 0]
    merges = [
        crossings(one.epochs, i_x, (high + low) / 2) for high, low in ((FOUR, THREE), (THREE, TWO))
    ]
    counted = (
        "the first measured epoch at which I(X;T) has lost half of what the merging takes, counted "
        "within a factor of 2"
    )
    return [
        most(
            "At first W = 0, all four Gaussians lie on each other, and then they move apart: "
            "I(X;T) rises from 0 to ln 4",
            "Sec. 4; Fig. 4a–c",
            (i_x[:, 0] < ROUNDING) & (i_x.max(axis=1) > 0.99 * FOUR),
            note=f"Highest: {mean(i_x.max(axis=1)).text('nats', 4)}; ln 4 = {FOUR:.4f}.",
        ),
        most(
            "The second Gaussian merges into the first around epoch 10³",
            "Sec. 4; Fig. 4c",
            np.abs(np.log2(merges[0] / 1e3)) < 1,
            note=f"{_when(merges[0])}: {counted}.",
        ),
        most(
            "The third Gaussian merges into the first around epoch 10⁴",
            "Sec. 4; Fig. 4c",
            np.abs(np.log2(merges[1] / 1e4)) < 1,
            note=f"{_when(merges[1])}: {counted}.",
        ),
        most(
            "The learned bias is approximately −2.3 W",
            "Sec. 4",
            np.abs(ratios + 2.3) < 0.1,
            note=f"b/W at the end: {mean(ratios).text(digits=3)}; counted within 0.1.",
        ),
        most(
            "I(X;T) is roughly the logarithm of the number of clusters that the noise resolves",
            "Sec. 4",
            _near_counts(one) < 0.15,
            note="Largest difference, where no two clusters are between 1 and 6 β apart: "
            f"{mean(_near_counts(one)).text('nats')}; counted below 0.15. Clusters of unequal size "
            f"tell less than their number: 3 tell {THREE:.3f} and not {np.log(3):.3f}, 2 tell "
            f"{TWO:.3f} and not {np.log(2):.3f}.",
        ),
        *agreement(one),
    ]


def pair_findings(one: Followed) -> list[Finding]:
    """Judge the claims about the two leaky-ReLU neurons."""
    first, second = (one.curves(EXACT, layer) for layer in (1, 2))
    weights, (t1, t2) = one.weights, one.chain.centres(one.weights)
    w1, w2, b2 = weights[:, :, 0, 0], weights[:, :, 1, 0], weights[:, :, 1, 1]
    labels = one.chain.labels
    # (t, e): how far apart the centres of each class lie.
    low1, high1 = (np.ptp(t1[..., labels == label], axis=-1) for label in (0, 1))
    low2, high2 = (np.ptp(t2[..., labels == label], axis=-1) for label in (0, 1))
    crossed = (t2[..., labels == 1] > 0).argmax(axis=0)  # (e, 4): the moment each one crosses 0
    before, after = np.maximum(crossed.min(axis=1) - 1, 0), crossed.max(axis=1)
    network = np.arange(w1.shape[1])
    gained = second[network, after] - second[network, before]
    lost = [curve.max(axis=1) - _lowest_after_peak(curve) for curve in (first, second)]
    return [
        rises(
            "A nonlinearity that does not saturate compresses too: layer 1 loses I(X;T) after its "
            "peak, as the inputs of class 1/4 move apart and then merge",
            "Suppl. 8; Fig. 9d",
            lost[0],
            "nats",
        ),
        rises(
            "… and so does layer 2, whose spikes are the splitting and coalescing of class 1/4",
            "Suppl. 8; Fig. 9d",
            lost[1],
            "nats",
        ),
        most(
            "Training ends with w₁ < 0 and a b₁ with which the inputs of class 1/4 cluster",
            "Suppl. 8; Fig. 9a, b",
            (w1[-1] < 0) & (high1[-1] < 0.5 * high1.max(axis=0)) & (high1[-1] < low1[-1]),
            note=f"w₁: {mean(w1[-1]).text()}; class 1/4 spreads over {mean(high1[-1]).text()} in "
            f"T₁, after {mean(high1.max(axis=0)).text()} at most.",
        ),
        most(
            "w₂ < 0 turns it over, and class 0 clusters without class 1/4 spreading out",
            "Suppl. 8; Fig. 9a, c",
            (w2[-1] < 0) & (low2[-1] < low1[-1]) & (high2[-1] <= high1[-1]),
            note=f"w₂: {mean(w2[-1]).text()}; spread of class 0 from {mean(low1[-1]).text()} in T₁ "
            f"to {mean(low2[-1]).text()} in T₂, of class 1/4 from {mean(high1[-1]).text()} to "
            f"{mean(high2[-1]).text()}.",
        ),
        most(
            "A growing b₂ raises class 1/4, whose inputs split one by one as they cross 0, and "
            "I(X;T₂) rises meanwhile",
            "Suppl. 8; Fig. 9c, d",
            (b2[after, network] > b2[0]) & (np.ptp(crossed, axis=1) > 0) & (gained > 0),
            note=f"I(X;T₂) gained {mean(gained).text('nats')} between the first crossing and the "
            f"last, at epochs {one.epochs[before].min():,.0f} to {one.epochs[after].max():,.0f}.",
        ),
        rises(
            "After that |w₂| shrinks (by the mean given) and tightens the bundle further",
            "Suppl. 8; Fig. 9a, c",
            np.abs(w2[after, network]) - np.abs(w2[-1]),
            "",
        ),
        *agreement(one),
    ]


def weight_findings(weights: Numbers, curves: Mapping[float, Numbers]) -> list[Finding]:
    """Judge what the noise does to I(X;T) over the weight, with b = −2w: exact, of no network.

    Arguments:
        weights: (t,) ascending from 0.
        curves: by β the exact I(X;T), (t,) nats.

    Returns:
        Two findings.
    """
    small, large = min(curves), max(curves)
    falls = {
        beta: float(np.max(np.maximum.accumulate(curve) - curve)) for beta, curve in curves.items()
    }
    # Flat pieces of the curve at the information of three and of two clusters.
    plateaus = [np.abs(curves[small] - level).min() < 0.01 for level in (FOUR, THREE, TWO)]
    listed = ", ".join(f"{fall:.3f} nats at β = {beta:g}" for beta, fall in falls.items())
    two_stages = all(plateaus) and falls[small] > 0.5 * (FOUR - TWO)
    return [
        Finding(
            "For small β the Gaussians of class −1 are distinct and merge in two stages as w grows",
            "Sec. 4; Fig. 4d",
            f"Exact: at β = {small:g} I(X;T) comes within 0.01 nats of ln 4, of 1.5 ln 2 and of "
            f"{TWO:.3f} nats in turn: {'yes' if two_stages else 'no'}.",
            "agrees" if two_stages else "disagrees",
        ),
        Finding(
            "For larger β they are indistinguishable for any w, and I(X;T) only increases",
            "Sec. 4; Fig. 4d",
            f"Exact, for w up to {weights[-1]:g}: I(X;T) falls by {listed}.",
            "agrees" if falls[large] < 1e-3 else "disagrees",
        ),
    ]


def _lowest_after_peak(curves: Numbers) -> Numbers:
    after = np.arange(curves.shape[1]) >= curves.argmax(axis=1)[:, None]
    return np.asarray(np.where(after, curves, np.inf).min(axis=1))


def _near_counts(one: Followed) -> Numbers:
    """The largest |I(X;T) - ln of the number of clusters| of each network, at clear epochs."""
    (centres,) = one.chain.centres(one.weights)
    gaps = np.diff(np.sort(centres, axis=-1), axis=-1) / one.chain.beta
    clear = ((gaps < 1) | (gaps > 6)).all(axis=-1)
    clusters = 1 + (gaps > 6).sum(axis=-1)
    off = np.abs(one.curves(EXACT, 1).T - np.log(clusters))
    return np.asarray(np.where(clear, off, 0.0).max(axis=0))


def _when(epochs: Numbers) -> str:
    reached = epochs[np.isfinite(epochs)]
    if not reached.size:
        return "Not reached in these epochs"
    every = "" if reached.size == epochs.size else f" in {reached.size} of {epochs.size} networks"
    return f"At epoch {mean(reached).text(digits=0)}{every}"
