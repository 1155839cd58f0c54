"""How long networks of a depth need: to a validation loss, and to the end of compression.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slide "Advantage of More Layers".
"""

from collections.abc import Mapping, Sequence

from ib_mlflow.studies.judging.curves import compressing
from ib_mlflow.studies.judging.powers import Times
from ib_mlflow.studies.running.training import TrainedGroup
from ib_mlflow.trajectory.members import Numbers
from ib_mlflow.trajectory.milestones import compression_epochs, loss_epochs

ENDED = (
    "Compression has ended where a layer has lost 90 % of all that it loses; a layer that gets "
    "there only in the second half of training is still compressing, and its end lies beyond."
)
WIDTHS = (
    "A network of another depth has also another width in its last hidden layer, so that what "
    "differs between depths may come from either; the same widths throughout (hidden=7,7,7) tell "
    "them apart."
)


def goal_times(groups: Mapping[float, TrainedGroup], losses: Sequence[float]) -> list[Times]:
    """The epochs that every network needs to each loss, and to the end of compression.

    Arguments:
        groups: by the number of hidden layers.
        losses: validation losses in nats.

    Returns:
        The times, those to the losses first.
    """
    goals = {
        f"a validation loss of {loss:g} nats": {
            depth: loss_epochs(group.plane(), loss) for depth, group in groups.items()
        }
        for loss in losses
    }
    goals["the end of compression"] = {depth: compressed(group) for depth, group in groups.items()}
    return [Times(goal, "epochs", "hidden layers", by_depth) for goal, by_depth in goals.items()]


def compressed(group: TrainedGroup) -> Numbers:
    """The epoch by which the last hidden layer has compressed: (e,)."""
    plane = group.plane()
    return compression_epochs(plane, group.last_hidden, least=compressing(plane))
