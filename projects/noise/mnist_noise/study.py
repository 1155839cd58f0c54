"""Noise, dropout and clusters in a convolutional network on images.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 2 and 5, supplement 9.3; Table 1, Fig. 3,
    7 and 8.
"""

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.reporting.planes import plane_table
from ib_mlflow.studies.study import Study
from ..paper import PAPER
from . import claims, errors, partings
from .configuration import Configuration
from .drawing import draw
from .networks import ensembles
from .readings import Versions, read_versions

REMARKS = (
    "I(X;T) on the plane is H(Bin T) with two bins, negative or not, of the held-out images; all "
    "versions are measured without their noise and dropout, as they classify.",
    "Layers 1 and 2 are the pooled convolutions, 3 the full layer of 128 units, 4 the logits, as "
    "in the paper.",
    "The paper learns from 60,000 images for 128 epochs and counts errors on 10,000; where fewer "
    "are used here, numbers of errors cannot be compared with its Table 1, only their order.",
    "Slopes of single units are fitted to epochs at equal distances up to the last: at "
    "scale=paper to 32, every fourth from 4 on, the paper's to all of 1 to 128.",
    "Batch normalisation starts with scales of 1; PyTorch 0.3, which the paper names, drew them "
    "from 0 to 1. Pixels are 0 to 1; the bins that the paper has for them are of -1 to 1.",
)

STUDY: Study[Configuration, Versions] = Study(
    title="Noise, dropout and clusters in a convolutional network",
    question="Are layers of noisy networks and of those with dropout like those without?",
    paper=PAPER,
    configuration=Configuration,
    trains=ensembles,
    reads=read_versions,
    claims=[
        Claim(
            "{of.name}: small noise has a minimal effect on the number of errors",
            "Sec. 2; Table 1",
            errors.changes_little,
            errors.small_noises,
        ),
        Claim(
            "{of.name}: large noise adds errors",
            "Table 1",
            errors.adds_errors,
            errors.large_noises,
        ),
        Claim(
            "dropout strongly improves the deterministic network: it makes fewer errors, by more "
            "than a tenth",
            "Sec. 2; Table 1",
            errors.spares_errors,
            errors.with_dropout,
        ),
        Claim(
            "{of.name}: number of errors",
            "Table 1",
            errors.reproduces_errors,
            errors.in_table_1,
        ),
        Claim(
            "{of.name}: layers are more like those of the deterministic twin than like those of "
            "networks from other seeds",
            "Sec. 2; Fig. 3",
            claims.is_like_its_twin,
            claims.like_their_twins,
        ),
        Claim(
            "Dissimilarity to the deterministic twin increases with the noise",
            "Sec. 2; Fig. 3",
            claims.less_like_with_noise,
            claims.several_noises,
        ),
        Claim(
            "Similarity is lower for the internal layers (2 and 3) than for layers 1 and 4",
            "Sec. 2; Fig. 3",
            claims.inner_layers_less_like,
        ),
        Claim(
            "input: two bins a pixel tell nearly all images apart",
            "Sec. 5; Fig. 7",
            claims.input_is_injective,
        ),
        Claim(
            "dropout, layer {of.layer}: two bins a unit tell nearly all images apart, at every "
            "epoch",
            "Sec. 5; Fig. 7",
            claims.is_injective,
            claims.dropout_layers,
        ),
        Claim(
            "dropout, bins of {of.bin_size:g}: H(Bin T(k)) of the units of layer 3 falls over the "
            "epochs, by 0.002 nats an epoch or more on average, with a deviation of at most 0.001",
            "Sec. 5",
            claims.units_compress,
            claims.unit_slopes,
        ),
        Claim(
            "input: distances within classes have a lower mode than between them, with much "
            "overlap",
            "Sec. 5; Fig. 8",
            partings.input_overlaps,
        ),
        Claim(
            "dropout, {of.when}: the full layers (3 and 4) part distances within classes from "
            "those between them, the convolutional ones (1 and 2) do little",
            "Sec. 5; Fig. 8",
            partings.full_layers_part,
            partings.partings,
        ),
    ],
    figures=draw,
    tables=lambda readings: (
        {
            "Table 1 of the paper": errors.errors_table(
                errors.version_errors(readings), readings.configuration.held_out
            )
        }
        | {name: plane_table(plane, output=False) for name, plane in readings.planes.items()}
    ),
    remarks=lambda _: REMARKS,
    minutes={"toy": 0.6, "quick": 12},
)
