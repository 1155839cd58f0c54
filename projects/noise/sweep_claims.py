"""What Goldfeld et al. say of noisy networks on synthetic data, and what is asked beyond them.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 1 and 5, supplement 9.1; Fig. 5, 6, 10. Its
    figures have β = 0.005 or 0.01 and one strength of the regularisation; what is judged of others
    is marked as beyond the paper.
"""

from collections.abc import Sequence
from typing import Any

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.lengths import (
    HAPPENS,
    STAYS_AWAY,
    after,
    at_its_end,
    beside,
)
from ib_mlflow.studies.judging.settings import BEYOND
from .claims import (
    COMPRESSES,
    FOLLOWED,
    ORDERED,
    STAYS,
    TAKEN_AWAY,
    accuracies,
    bulk_is_gone,
    compresses,
    compresses_more,
    is_followed_by_bins,
    keeps_the_order,
    reproduces_accuracy,
    stays,
)
from .guards import DROPS, LOSS_RISES, bulk, compressing_layer, deepest, last_of_pair
from .late_claims import (
    clusters_stay_wide,
    free_clusters_are_tight,
    no_tight_clusters,
    overfits_less,
)
from .paper import FIG_5, FIG_10, ORTHONORMALITY
from .readings import NoiseReadings, NoisyGroup, Regularisation

WIDER = (
    "{of.regularised.name}: clusters stay wider in layer {of.free.deepest}: distances within "
    "classes end as a larger share of those between them than with free weights"
)


def of_fig_5(readings: NoiseReadings) -> list[Regularisation]:
    """The networks of Fig. 5b and 6b beside those of Fig. 5a and 6a."""
    pairs = readings.regularisations("tanh", FIG_5)
    return [each for each in pairs if each.regularised.condition.orthonormality == ORTHONORMALITY]


def not_of_fig_5(readings: NoiseReadings) -> list[Regularisation]:
    """Pairs of tanh networks with other noise, or regularised otherwise."""
    own = {pair.regularised.name for pair in of_fig_5(readings)}
    return [pair for pair in readings.regularisations("tanh") if pair.regularised.name not in own]


def unfollowed(readings: NoiseReadings) -> list[NoisyGroup]:
    """Groups of the least noise whose activation and noise the bottom of Fig. 5 does not have."""
    shown = [("tanh", FIG_5), ("linear", FIG_10)]
    least = readings.least_noisy
    return [group for group in least if (group.activation, group.condition.beta) not in shown]


def two_noises(readings: NoiseReadings) -> list[tuple[NoisyGroup, NoisyGroup]]:
    """The free tanh groups of Fig. 5a and 10a, where both were trained."""
    pairs = zip(readings.free("tanh", FIG_5), readings.free("tanh", FIG_10), strict=False)
    return list(pairs)


HARDLY = at_its_end(stays, deepest, STAYS_AWAY)
STAY_WIDE = bulk(clusters_stay_wide)
GONE_FROM_THE_DROP = after(bulk(bulk_is_gone), DROPS, last_of_pair)
CLAIMS: Sequence[Claim[NoiseReadings, Any]] = (
    Claim(
        COMPRESSES,
        "Sec. 5; Fig. 5a",
        compressing_layer(compresses, deepest),
        lambda r: r.free("tanh", FIG_5),
    ),
    Claim(
        COMPRESSES,
        "Sec. 5; Fig. 5c",
        at_its_end(compresses, deepest, HAPPENS),
        lambda r: r.free("linear", FIG_10),
    ),
    Claim(
        FOLLOWED,
        "Sec. 5; Fig. 5a, bottom",
        is_followed_by_bins,
        lambda r: r.free("tanh", FIG_5),
    ),
    Claim(
        FOLLOWED,
        "Sec. 5; Fig. 5b, bottom",
        is_followed_by_bins,
        lambda r: r.orthonormal("tanh", FIG_5),
    ),
    Claim(
        FOLLOWED,
        "Sec. 5; Fig. 5c, bottom",
        is_followed_by_bins,
        lambda r: r.free("linear", FIG_10),
    ),
    Claim(ORDERED, "Sec. 1", keeps_the_order, lambda r: r.free()),
    Claim(STAYS, "Suppl. 9.1; Fig. 10a", HARDLY, lambda r: r.free("tanh", FIG_10)),
    Claim(STAYS, "Suppl. 9.1; Fig. 10b", HARDLY, lambda r: r.free("relu", FIG_10)),
    Claim(STAYS, "Suppl. 9.1; Fig. 10c", HARDLY, lambda r: r.orthonormal("relu", FIG_10)),
    Claim(
        f"tanh: compression is milder with β = {FIG_10:g} than with {FIG_5:g}",
        "Suppl. 9.1; Fig. 10a, 5a",
        lambda of: compresses_more(*of),
        two_noises,
    ),
    Claim(TAKEN_AWAY, "Sec. 5; Fig. 5b", GONE_FROM_THE_DROP, of_fig_5),
    Claim(
        "{of.free.name}: the test loss rises late in training, and less with "
        "{of.regularised.weights}",
        "Sec. 5; Fig. 5a, 5b",
        after(overfits_less, LOSS_RISES, last_of_pair),
        of_fig_5,
    ),
    Claim(
        "{of.name}: test accuracy at the end",
        "{of.where}",
        at_its_end(reproduces_accuracy, lambda of: of.course),
        accuracies,
    ),
    Claim(WIDER, "Sec. 5; Fig. 6b", STAY_WIDE, of_fig_5),
    Claim(
        "{of.regularised.name}: no tight clusters in layer {of.free.deepest}",
        "Sec. 5; Fig. 6b",
        beside(no_tight_clusters, free_clusters_are_tight, "free weights have them"),
        of_fig_5,
    ),
    Claim(
        "tanh: with large noise compression is milder than with small",
        f"{BEYOND}: the smallest and the largest noise of the sweep",
        lambda of: compresses_more(*of),
        lambda r: r.noises,
    ),
    Claim(
        TAKEN_AWAY,
        f"{BEYOND}: Fig. 5b with other noise or strength",
        GONE_FROM_THE_DROP,
        not_of_fig_5,
    ),
    Claim(FOLLOWED, f"{BEYOND}: other activations and noise", is_followed_by_bins, unfollowed),
    Claim(
        WIDER,
        f"{BEYOND}: Fig. 6b with other noise or strength",
        STAY_WIDE,
        not_of_fig_5,
    ),
)
"""In the order of the paper; what is beyond it stands at the end."""
