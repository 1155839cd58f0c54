"""What tells whether a training of noisy networks went as far as the paper speaks of.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5; Fig. 5a.
"""

from collections.abc import Callable, Sequence

from ib_mlflow.studies.judging.curves import falls
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.judging.lengths import (
    HAPPENS,
    STAYS_AWAY,
    Course,
    PaperEpoch,
    after,
    at_its_end,
)
from ib_mlflow.studies.running.training import TrainedGroup
from .networks import DROPS_FROM, LOSS_RISES_FROM
from .readings import NoisyGroup, Regularisation

DROPS = PaperEpoch(DROPS_FROM, "drop of I(X;T)")
LOSS_RISES = PaperEpoch(LOSS_RISES_FROM, "rise of the test loss")


def last_epoch(group: NoisyGroup) -> int:
    """The last epoch of training."""
    return group.plane.epochs[-1]


def last_of_pair(pair: Regularisation) -> int:
    """The same of both groups, which are trained together."""
    return last_epoch(pair.free)


def deepest(group: NoisyGroup) -> Course:
    """I(X;T) of the last hidden layer."""
    return Course(group.plane, group.deepest)


def compressing_layer(
    judge: Callable[[NoisyGroup], Judgement], course: Callable[[NoisyGroup], Course]
) -> Callable[[NoisyGroup], Judgement]:
    """Guard a claim of Fig. 5a that a layer is compressed, which it is from an epoch on."""
    return after(at_its_end(judge, course, HAPPENS), DROPS, last_epoch, HAPPENS)


def bulk(
    judge: Callable[[Regularisation], Judgement | Sequence[Judgement]],
) -> Callable[[Regularisation], Judgement]:
    """Guard that regularised weights keep what free ones lose: these have lost it, those rest."""
    free = at_its_end(judge, lambda of: deepest(of.free), HAPPENS)
    return at_its_end(free, lambda of: deepest(of.regularised), STAYS_AWAY)


def _course(group: TrainedGroup) -> Course:
    return Course(group.plane(), group.last_hidden)


def _falls(group: TrainedGroup) -> Judgement:
    return falls(group.plane(), group.last_hidden)


FALLS = at_its_end(_falls, _course, HAPPENS)
"""That the last hidden layer of a trained group falls."""
