"""Claims about networks of which each was measured on many samples: over which they are judged."""

from collections.abc import Sequence

from ib_mlflow.information import Estimate
from ib_mlflow.studies.judging import checks
from ib_mlflow.studies.judging.judgements import Judgement, Note
from ib_mlflow.studies.judging.thresholds import FEWEST
from ib_mlflow.studies.judging.verdicts import interval_of, positive, rises


def positive_over_networks(
    estimates: Sequence[Estimate], unit: str = "nats", *, note: Note = (), digits: int = 3
) -> Judgement:
    """Judge a claim that a number is positive, over networks where there are enough of them.

    Arguments:
        estimates: one a network, positive where the claim holds, each with its error over samples.
        unit: of the estimates.
        note: what else was measured.
        digits: decimals to write.

    Returns:
        From five networks on it is judged over them, as by `rises`, with the first network's
        interval over its samples beside it. Below, over the samples of the first network, and the
        words say that it is of this network.

    Example:
        >>> alike = [Estimate(1.0 + i / 10, 0.01, "point", n=100) for i in range(5)]
        >>> from ib_mlflow.units import text_of
        >>> text_of(positive_over_networks(alike).words[-3:], "nats")
        'Of the first network alone 1.000 nats [0.980, 1.020] over 100 images.'
        >>> positive_over_networks(alike[:4]).words[-1]
        '.'
    """
    first = checks.estimates(estimates)[0]
    if len(estimates) < FEWEST:
        return positive(first, unit, note=note, digits=digits)
    alone = (
        "Of the first network alone ",
        interval_of(first).quantity(unit, digits),
        f" over {first.n} images.",
    )
    behind = tuple(note)
    behind = (" ", *behind) if behind else ()
    return rises([each.value for each in estimates], unit, note=(*alone, *behind))
