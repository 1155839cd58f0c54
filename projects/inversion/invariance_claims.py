"""How the claims about three architectures are judged, and their numbers beside the paper's.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.2; Fig. 4.
"""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ib_mlflow import figures
from ib_mlflow.studies.decoding.samples import ink_centres, sample_grid
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.judging.intervals import share
from ib_mlflow.studies.judging.judgements import steady
from ib_mlflow.studies.judging.lengths import unless_otherwise
from ib_mlflow.studies.judging.margins import PLACE
from ib_mlflow.studies.judging.networks import positive_over_networks
from ib_mlflow.studies.judging.settings import differences
from ib_mlflow.studies.judging.verdicts import Judgement, interval_of, positive
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import nats
from .architectures import ARCHITECTURES, DENSE, PLAIN, POOLED, Architectures
from .paper import GREY, INVARIANCE

PAPER_BOUNDS = {
    name: INVARIANCE[architecture].bound for architecture, name in ARCHITECTURES.items()
}
"""The paper's E[ln q(x|h)] of FC3, in nats."""


def pooling_is_right_more_often(architectures: Architectures) -> Judgement:
    """Judge whether global pooling classifies more digits rightly than no pooling."""
    return _more_right(architectures, POOLED, PLAIN)


def convolutions_are_right_more_often(architectures: Architectures) -> Judgement:
    """Judge whether convolutions classify more digits rightly than fully connected layers."""
    return _more_right(architectures, PLAIN, DENSE)


def _more_right(architectures: Architectures, name: str, other: str) -> Judgement:
    pairs = zip(architectures.right(name), architectures.right(other), strict=True)
    more = [mean_of(right - other_right) for right, other_right in pairs]
    return positive_over_networks(more, "of the digits", digits=4)


def keeps_more_unpooled(architectures: Architectures) -> Judgement:
    """Judge whether FC3 says more of the image without global pooling."""
    return _keeps_more(
        architectures, PLAIN, POOLED, "Difference of two lower bounds, in pairs; no bound itself."
    )


def keeps_least_dense(architectures: Architectures) -> tuple[Judgement, Judgement]:
    """Judge whether FC3 says less in the fully connected network than in either other."""
    note = "Difference of two lower bounds, in pairs; no bound itself."
    return (
        _keeps_more(architectures, POOLED, DENSE, note),
        _keeps_more(architectures, PLAIN, DENSE, note),
    )


def _keeps_more(architectures: Architectures, name: str, other: str, note: str) -> Judgement:
    paper = PAPER_BOUNDS[name] - PAPER_BOUNDS[other]
    return positive_over_networks(
        [each.difference(name, other) for each in architectures.informations],
        note=(note, " The paper's: ", nats(paper, digits=1), "."),
    )


def loses_the_place(architectures: Architectures) -> tuple[Judgement, Judgement]:
    """Judge whether samples of the pooled network have lost the place, and no other's so far."""
    return _moves_farther_than(architectures, PLAIN), _is_lost(architectures, POOLED)


def keeps_the_place(architectures: Architectures) -> tuple[Judgement, ...]:
    """Judge whether both other networks keep the place, the fully connected one more than that."""
    kept = (_is_lost(architectures, name, kept=True) for name in (DENSE, PLAIN))
    return _moves_farther_than(architectures, DENSE), *kept


def _moves_farther_than(architectures: Architectures, name: str) -> Judgement:
    pooled, other = (architectures.inverted[each].samples.moved for each in (POOLED, name))
    note = f"How much farther they have moved with global pooling than {name}, in pairs."
    return _as_learnt(architectures, positive(mean_of(pooled - other), "pixels", note=note))


def tables(architectures: Architectures) -> dict[str, Table]:
    """The report's tables, by heading."""
    return {"FC3 of the architectures": architecture_table(architectures)}


def _is_lost(architectures: Architectures, name: str, *, kept: bool = False) -> Judgement:
    """Whether samples lie farther from the input's place than it is from there to another's."""
    moved = architectures.inverted[name].samples.moved
    anywhere = to_other_places(architectures.parts.evaluation.inputs[: moved.size])
    sign, way = (-1, "less far") if kept else (1, "farther")
    note = (
        f"{name.capitalize()}: how much {way} they have moved, {moved.mean():.2f} pixels, than "
        f"what is left to where the ink of another image lies, {anywhere.mean():.2f} away."
    )
    judged = steady(
        lambda factor: positive(
            mean_of(sign * (moved - factor * PLACE * (anywhere - moved))), "pixels", note=note
        )
    )
    return _as_learnt(architectures, judged)


def _as_learnt(architectures: Architectures, judgement: Judgement) -> Judgement:
    """Where samples lie hangs on the decoder: of one that learnt less it does not disagree."""
    return unless_otherwise(judgement, differences(GREY, architectures.configuration))


def to_other_places(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How far the centre of ink of each image lies from those of the others, on average.

    Arguments:
        images: (n, channels, h, w).

    Returns:
        (n,) pixels: what a sample would have moved that knew nothing of the place.
    """
    centres = ink_centres(images)
    distances = np.linalg.norm(centres[:, None] - centres, axis=2)
    return np.asarray(distances.sum(axis=1) / max(len(images) - 1, 1))


def architecture_table(architectures: Architectures) -> Table:
    """The numbers of each architecture beside the paper's."""
    information, rows = architectures.information, []
    for architecture, name in ARCHITECTURES.items():
        inverted, paper = architectures.inverted[name], INVARIANCE[architecture]
        bound = information.negative_cross_entropy[name]
        rows.append(
            (
                name,
                share(inverted.right).text(digits=4),
                f"{paper.accuracy:.3f}",
                interval_of(bound).quantity("nats"),
                nats(paper.bound, digits=2),
                f"{bound.diagnostics['bits_per_dimension']:.4f}",
                interval_of(information.gain[name]).quantity("nats"),
                interval_of(mean_of(inverted.samples.moved)).text(digits=2),
            )
        )
    return Table(
        [
            "architecture",
            "test accuracy",
            "paper",
            "−H(x|FC3) from below",
            "paper",
            "bits per dimension",
            "against a decoder without context, no bound",
            "samples have moved [pixels]",
        ],
        rows,
    )


def draw(architectures: Architectures) -> dict[str, Figure]:
    """What was drawn (Fig. 4), and the bounds."""
    samples = {name: inverted.samples for name, inverted in architectures.inverted.items()}
    bounds = architectures.information.negative_cross_entropy
    task = architectures.parts.name
    return {
        "samples.png": sample_grid(architectures.parts, samples),
        "bounds.png": figures.layer_bounds(
            {task: {name: (bound.value, bound.standard_error) for name, bound in bounds.items()}},
            label="−H(x|FC3) from below",
            unit=architectures.configuration.unit,
            level="no context",
            levels={task: float(architectures.unconditional.mean())},
            ordered=False,
        ),
    }
