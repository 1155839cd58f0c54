"""The claims about noise, dropout and clusters in the MNIST CNN, judged over its members."""

import numpy as np
import pandas as pd

from ib_mlflow.studies.judging.claims import at_epoch, at_layer
from ib_mlflow.studies.judging.intervals import known, mean
from ib_mlflow.studies.judging.verdicts import Finding, most, rises
from ib_mlflow.trajectory import Trajectory

NEARLY = 0.999
"""The share of H(X) from which a layer counts as nearly injective."""


def similarity_findings(similarities: pd.DataFrame) -> list[Finding]:
    """Judge how like the versions are to their deterministic twins.

    Arguments:
        similarities: a row per (version, member, layer), as `image_measures.look` gives them.

    Returns:
        The findings; nothing of networks of other seeds where there are none.
    """
    means = similarities.groupby(["version", "member"])[["cosine", "unrelated"]].mean()
    versions = {str(version): rows for version, rows in means.groupby("version")}
    findings = [
        rises(
            f"{version}: layers are more like those of the deterministic twin than like those of "
            "networks from other seeds",
            "Sec. 2; Fig. 3",
            (rows["cosine"] - rows["unrelated"]).to_numpy(),
            "in cosine similarity",
            note=f"Mean similarity {mean(rows['cosine']).text(digits=2)}.",
        )
        for version, rows in versions.items()
        if version in ("noisy, beta=0.05", "noisy, beta=0.1", "dropout")
        and rows["unrelated"].notna().any()
    ]
    noisy = {
        float(version.split("beta=")[1]): rows["cosine"].to_numpy()
        for version, rows in versions.items()
        if "beta=" in version
    }
    if len(noisy) > 1:
        findings.append(
            rises(
                "Dissimilarity to the deterministic twin increases with the noise",
                "Sec. 2; Fig. 3",
                noisy[min(noisy)] - noisy[max(noisy)],
                "in cosine similarity",
                note=f"From β = {min(noisy):g} to {max(noisy):g}.",
            )
        )
    layers = similarities.groupby(["member", "layer"])[["cosine"]].mean().reset_index()
    outer, inner = (
        np.mean([at_layer(layers, "cosine", layer) for layer in pair], axis=0)
        for pair in ((1, 4), (2, 3))
    )
    findings.append(
        rises(
            "Similarity is lower for the internal layers (2 and 3) than for layers 1 and 4",
            "Sec. 2; Fig. 3",
            outer - inner,
            "in cosine similarity",
        )
    )
    return findings


def injective_findings(plane: Trajectory, input_entropy: float) -> list[Finding]:
    """Judge whether two bins a unit already tell nearly all images apart, at every epoch.

    Arguments:
        plane: of the version with dropout.
        input_entropy: H(Bin X) of the same images, in nats.

    Returns:
        A finding for the input, which has no networks to be judged over, and one for each layer.
    """
    low = plane.frame.groupby(["member", "layer"])[["i_x"]].min().reset_index()
    least = NEARLY * plane.guides.h_x
    pixels = Finding(
        "input: two bins a pixel tell nearly all images apart",
        "Sec. 5; Fig. 7",
        f"H(Bin X) = {input_entropy:.4f} of {plane.guides.h_x:.4f} nats. The paper's, of 10,000 "
        "images, of which two are merged: 9.209 of 9.210 nats.",
        "agrees" if input_entropy >= least else "disagrees",
    )
    return [pixels] + [
        most(
            f"dropout, layer {layer}: two bins a unit tell nearly all images apart, at every epoch",
            "Sec. 5; Fig. 7",
            known(
                at_layer(low, "i_x", layer) >= least,
                at_epoch(plane, "i_x", epoch=plane.epochs[-1], layer=layer),
            ),
            note=f"Lowest H(Bin T): {mean(at_layer(low, 'i_x', layer)).text('nats')} of "
            f"{plane.guides.h_x:.3f} nats."
            + (
                " Ten logits in two bins hold at most 10 ln 2 = 6.93 nats, so that the paper's "
                "9.2 cannot be theirs."
                if layer == 4
                else ""
            ),
        )
        for layer in plane.layers
    ]


def slope_findings(slopes: pd.DataFrame) -> list[Finding]:
    """Judge whether most units of layer 3 compress over the epochs, for every bin size."""
    return [
        rises(
            f"dropout, bins of {size:g}: H(Bin T(k)) of the units of layer 3 falls over the epochs",
            "Sec. 5",
            -of_size.groupby("member")["slope"].mean().to_numpy(),
            "nats per epoch",
            note=f"{100 * float((of_size['slope'] < 0).mean()):.0f} % of the units fall; standard "
            f"deviation over units {of_size['slope'].std():.4f}. The paper: at least 0.002 on "
            "average.",
        )
        for size, of_size in slopes.groupby("bin_size")
    ]


def overlap_findings(overlaps: pd.DataFrame) -> list[Finding]:
    """Judge which layers part distances within classes from those between them.

    Arguments:
        overlaps: a row per (epoch, member, layer), as `image_measures.look` gives them.

    Returns:
        A finding for the first epoch of training, and one for the last.
    """
    first, last = overlaps.loc[overlaps["epoch"] > 0, "epoch"].agg(["min", "max"])
    return [
        _parted(overlaps[overlaps["epoch"] == epoch], when)
        for epoch, when in {first: f"even after epoch {first}", last: "at the end"}.items()
    ]


def _parted(overlaps: pd.DataFrame, when: str) -> Finding:
    area = {layer: at_layer(overlaps, "overlap", layer) for layer in (0, 1, 2, 3, 4)}
    shown = ", ".join(f"{layer or 'input'}: {of.mean():.2f}" for layer, of in area.items())
    return rises(
        f"dropout, {when}: the full layers (3 and 4) part distances within classes from those "
        "between them, the convolutional ones (1 and 2) do little",
        "Sec. 5; Fig. 8",
        (area[1] + area[2]) / 2 - (area[3] + area[4]) / 2,
        "of the area",
        note=f"Shared area by layer: {shown}.",
    )
