"""How test losses and clusters of noisy networks are judged, late in training.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5; Fig. 5a, 5b, 6.
"""

import numpy as np

from ib_mlflow.studies.judging.intervals import POSITIVE, mean
from ib_mlflow.studies.judging.judgements import Judgement, all_hold, between
from ib_mlflow.studies.judging.margins import LOSS_STAYS, TIGHT
from ib_mlflow.studies.judging.series import fallen, judged_at_both
from ib_mlflow.studies.judging.shares import most_beyond, most_within
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.trajectory import learning
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.trajectory.peaks import Fall, falls
from ib_mlflow.units import nats
from .readings import NoisyGroup, Regularisation
from .tightness import tighter


def overfits_less(of: Regularisation) -> Judgement:
    """Judge whether the test loss rises late in training, and less with regularised weights."""
    free, own = late_loss(of.free), late_loss(of.regularised)
    less = between(
        rises(free.least - own.least),
        [rises(free.least - own.most), rises(free.most - own.least)],
    )
    return all_hold([free_loss_rises(of), less])


def loss_stays(of: Regularisation) -> Judgement:
    """Judge whether the test loss with regularised weights does not increase late in training."""
    late = late_loss(of.regularised)
    note = ("It ends ", *fallen(late), " above its lowest; counted up to ", nats(LOSS_STAYS), ".")
    return judged_at_both(lambda rise: most_within(rise, LOSS_STAYS, note=note), late)


def late_loss(group: NoisyGroup) -> Fall:
    """How far every member's validation loss ends above its lowest, at least and at most; nats."""
    curves = learning(group.plane).pivot(index="member", columns="epoch", values="val_loss")
    return falls(-curves.to_numpy(dtype=np.float64))


def clusters_stay_wide(of: Regularisation) -> Judgement:
    """Judge whether regularised weights keep the clusters of the last layer from tightening."""
    free, regularised = _tightness(of.free), _tightness(of.regularised)
    ours, others = (mean(of, POSITIVE).text(digits=2) for of in (regularised, free))
    note = f"Shares {ours} and {others}."
    return tighter(free, regularised, unit="of the median between classes", note=note)


def no_tight_clusters(of: Regularisation) -> Judgement:
    """Judge whether the last layer of regularised weights ends without tight clusters."""
    own = _tightness(of.regularised)
    note = (
        f"Median distance within classes {mean(own, POSITIVE).text(digits=2)} of that between "
        f"them; tight up to {TIGHT:g}."
    )
    return most_beyond(own, TIGHT, note=note)


def free_clusters_are_tight(of: Regularisation) -> Judgement:
    """Judge whether the last layer of free weights ends with tight clusters."""
    return most_within(_tightness(of.free), TIGHT)


def free_loss_rises(of: Regularisation) -> Judgement:
    """Judge whether the test loss with free weights rises late in training."""
    return judged_at_both(rises, late_loss(of.free))


def _tightness(group: NoisyGroup) -> Numbers:
    """The median distance within classes over that between them at the end, (e,)."""
    within, between_ = (
        group.clusters.at(name, epoch=group.clusters.stages[-1], layer=group.deepest)
        for name in ("within", "between")
    )
    return np.asarray(within / between_)
