"""How the claims about three architectures are judged, and their numbers beside the paper's.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", section 5.2; Fig. 4.
"""

from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.decoding.samples import sample_grid
from ib_mlflow.studies.decoding.terms import mean_of
from ib_mlflow.studies.judging.intervals import share
from ib_mlflow.studies.judging.networks import positive_over_networks
from ib_mlflow.studies.judging.verdicts import Judgement, interval_of, positive
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import nats
from .architectures import ARCHITECTURES, DENSE, PLAIN, POOLED, Architectures
from .paper import INVARIANCE

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


def loses_the_place(architectures: Architectures) -> Judgement:
    """Judge whether samples have moved farther with global pooling than without."""
    return _moves_farther_than(architectures, PLAIN)


def keeps_the_place(architectures: Architectures) -> Judgement:
    """Judge whether those of the fully connected network have moved less than with pooling."""
    return _moves_farther_than(architectures, DENSE)


def _moves_farther_than(architectures: Architectures, name: str) -> Judgement:
    pooled, other = (architectures.inverted[each].samples.moved for each in (POOLED, name))
    note = f"How much farther they have moved with global pooling than {name}, in pairs."
    return positive(mean_of(pooled - other), "pixels", note=note)


def tables(architectures: Architectures) -> dict[str, Table]:
    """The report's tables, by heading."""
    return {"FC3 of the architectures": architecture_table(architectures)}


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
        ),
    }
