"""What is judged of the MNIST CNN, sentence by sentence.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 2 and 5; Table 1, Fig. 3, 7 and 8.
"""

from collections.abc import Sequence
from typing import Any

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.lengths import with_as_much
from . import claims, errors, partings
from .readings import Versions


def _otherwise(of: errors.VersionErrors | claims.Likeness | claims.UnitSlopes) -> Sequence[str]:
    return of.otherwise


CLAIMS: Sequence[Claim[Versions, Any]] = (
    Claim(
        "{of.name}: small noise has a minimal effect on the number of errors",
        "Sec. 2; Table 1",
        with_as_much(errors.changes_little, _otherwise),
        errors.small_noises,
    ),
    Claim(
        "{of.name}: large noise adds errors",
        "Table 1",
        with_as_much(errors.adds_errors, _otherwise),
        errors.large_noises,
    ),
    Claim(
        "dropout strongly improves the deterministic network: it makes fewer errors, by more "
        "than a tenth",
        "Sec. 2; Table 1",
        with_as_much(errors.spares_errors, _otherwise),
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
        "networks from other seeds, and much like them",
        "Sec. 2; Fig. 3",
        with_as_much(claims.is_like_its_twin, _otherwise),
        claims.like_their_twins,
    ),
    Claim(
        "Dissimilarity to the deterministic twin increases with the noise",
        "Sec. 2; Fig. 3",
        claims.less_like_with_noise,
        claims.by_noise,
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
        "dropout, layer {of.layer}: two bins a unit tell nearly all images apart, at every epoch",
        "Sec. 5; Fig. 7",
        claims.is_injective,
        claims.dropout_layers,
    ),
    Claim(
        "dropout, bins of {of.bin_size:g}: H(Bin T(k)) of most units of layer 3 falls over "
        "the epochs, by 0.002 nats an epoch or more on average, with a deviation of at most 0.001",
        "Sec. 5",
        with_as_much(claims.units_compress, _otherwise),
        claims.unit_slopes,
    ),
    Claim(
        "input: distances within classes have a lower mode than between them, with much overlap",
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
)
"""In the order of the report."""
