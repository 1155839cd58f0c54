"""What is said of when the curves of Fig. 5a turn.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, section 5; Fig. 5a.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ib_mlflow.studies.judging.bounded import bounds
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.epochs import drop_window, peak_window, turns_about
from ib_mlflow.studies.judging.judgements import Judgement, steady
from ib_mlflow.studies.judging.lengths import after
from ib_mlflow.studies.judging.thresholds import NEAR
from ib_mlflow.trajectory import learning
from ib_mlflow.units import nats
from .guards import LOSS_RISES, last_epoch
from .networks import DROPS_FROM, GROWS_UNTIL
from .paper import FIG_5
from .readings import NoiseReadings, NoisyGroup

RATE = "The paper's learning rate, on which epochs depend, is not known."


def grows_until(group: NoisyGroup) -> Judgement:
    """Judge whether I(X;T) of the last hidden layer is largest about when the paper says."""
    window = peak_window(*bounds(group.plane, group.deepest), np.array(group.plane.epochs, float))
    return turns_about(window, GROWS_UNTIL, note=RATE)


def drops_from(group: NoisyGroup) -> Judgement:
    """Judge whether I(X;T) of the last hidden layer begins to drop about when the paper says."""
    low, high = bounds(group.plane, group.deepest)
    epochs = np.array(group.plane.epochs, float)
    note = ("A drop counts from ", nats(NEAR), f". {RATE}")

    def judge(factor: float) -> Judgement:
        window = drop_window(low, high, epochs, factor * NEAR)
        return turns_about(window, DROPS_FROM, note=note)

    return steady(judge, of="the drop")


def loss_rises_from(group: NoisyGroup) -> Judgement:
    """Judge whether the test loss is lowest about when the paper says that it begins to rise."""
    losses = learning(group.plane).pivot(index="member", columns="epoch", values="val_loss")
    turned = -losses.to_numpy(dtype=np.float64)
    window = peak_window(turned, turned, np.array(group.plane.epochs, float))
    return turns_about(window, LOSS_RISES.number, note=RATE)


EPOCHS: Sequence[Claim[NoiseReadings, Any]] = (
    Claim(
        f"{{of.name}}: I(X;T) of layer {{of.deepest}} grows until epoch {GROWS_UNTIL}",
        "Sec. 5; Fig. 5a",
        grows_until,
        lambda r: r.free("tanh", FIG_5),
    ),
    Claim(
        f"{{of.name}}: around epoch {DROPS_FROM} I(X;T) of layer {{of.deepest}} begins to drop",
        "Sec. 5; Fig. 5a",
        drops_from,
        lambda r: r.free("tanh", FIG_5),
    ),
    Claim(
        f"{{of.name}}: the test loss begins to rise at about epoch {LOSS_RISES.number}",
        "Sec. 5; Fig. 5a",
        after(loss_rises_from, LOSS_RISES, last_epoch),
        lambda r: r.free("tanh", FIG_5),
    ),
)
"""In the order of the epochs."""
