"""How full-batch descent is judged beside the stochastic one, drawn and tabled.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Diffusion Improves
    Generalisation", "Criticisms" (Saxe et al., 2018) and "Rebuttal".
"""

from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.curves import compressing
from ib_mlflow.studies.judging.intervals import accuracy, information, mean
from ib_mlflow.studies.judging.judgements import Judgement, steady
from ib_mlflow.studies.judging.lengths import HAPPENS, Course, at_its_end
from ib_mlflow.studies.judging.shares import most_beyond
from ib_mlflow.studies.judging.thresholds import ACCURACY_MARGIN
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory import compression
from ib_mlflow.trajectory.members import at_end
from ib_mlflow.units import nats, scale_of
from .descents import Comparison, Descent, Descents
from .paper import course


def forgets(descent: Descent) -> Judgement:
    """Judge whether the last hidden layer loses enough after its peak to be said to compress."""
    least = compressing(descent.plane)
    words = ("Lost after the peak: ", mean(descent.lost).quantity("nats"))
    note = (*words, "; counted from ", nats(least), ".")
    return most_beyond(descent.lost, least, note=note)


def forgets_more_with_noise(comparison: Comparison) -> Judgement:
    """Judge whether stochastic descent loses more of I(X;T) than full-batch descent, by seed."""
    stochastic, full = comparison.stochastic, comparison.full
    parts = [
        (f"{descent.name}: ", mean(descent.lost).quantity("nats")) for descent in (stochastic, full)
    ]
    return rises(stochastic.lost - full.lost, note=(*parts[0], "; ", *parts[1], "."))


def generalises_alike(comparison: Comparison) -> Judgement:
    """Judge whether full-batch descent is not less accurate, within the margin, by seed."""
    gained = comparison.full.accuracy - comparison.stochastic.accuracy
    note = (
        f"Accuracies {accuracy(comparison.stochastic.accuracy).text(digits=4)} and "
        f"{accuracy(comparison.full.accuracy).text(digits=4)}; the number is their difference plus "
        f"the margin of {ACCURACY_MARGIN:g}."
    )
    return steady(lambda factor: rises(gained + factor * ACCURACY_MARGIN, "", note=note))


def generalises_better_with_noise(comparison: Comparison) -> Judgement:
    """Judge whether stochastic descent is more accurate than full-batch descent, by seed."""
    return rises(comparison.stochastic.accuracy - comparison.full.accuracy, "")


def _both(comparison: Comparison, column: str) -> list[Course]:
    return [
        course(descent.plane, descent.last_hidden, column)
        for descent in (comparison.stochastic, comparison.full)
    ]


FORGETS = at_its_end(forgets, lambda of: course(of.plane, of.last_hidden), HAPPENS)
FORGETS_MORE = at_its_end(forgets_more_with_noise, lambda of: _both(of, "i_x"))
BETTER = at_its_end(generalises_better_with_noise, lambda of: _both(of, "val_accuracy"))
ALIKE = at_its_end(generalises_alike, lambda of: _both(of, "val_accuracy"))


def descent_table(readings: Descents[LearningConfiguration]) -> Table:
    """How long each descent was, and where it ended."""
    rows = [
        (
            descent.name,
            descent.epochs,
            descent.updates,
            information(at_end(descent.plane, "i_x", descent.last_hidden)).quantity("nats"),
            mean(descent.lost).quantity("nats"),
            information(at_end(descent.plane, "train_loss", descent.last_hidden)).quantity("nats"),
            accuracy(descent.accuracy).quantity(digits=4),
        )
        for descent in readings.descents
    ]
    last = readings.stochastic.last_hidden
    return Table(
        [
            "descent", "epochs", "updates", f"I(X;T) of layer {last} at the end",
            "lost after the peak", "training loss", "validation accuracy",
        ],
        rows,
    )  # fmt: skip


def descent_figures(readings: Descents[LearningConfiguration]) -> dict[str, Figure]:
    """What each layer lost, and its curves, of each descent."""
    unit = readings.configuration.unit
    lost = figures.compare_settings(
        {descent.short: compression(descent.plane) for descent in readings.descents},
        quantity="drop",
        label=f"I(X; Bin T) lost after the peak [{unit}]",
        scale=scale_of(unit),
    )
    planes = {descent.name: descent.plane for descent in readings.descents}
    return {
        "lost_by_descent.png": lost,
        "planes_by_descent.png": figures.information_plane(planes, unit=unit),
    }
