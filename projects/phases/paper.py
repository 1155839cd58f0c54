"""On the Information Bottleneck Theory of Deep Learning: its title, its network, its numbers."""

from ib_mlflow.studies.judging.lengths import Course
from ib_mlflow.studies.judging.settings import Setting
from ib_mlflow.trajectory import Trajectory

PAPER = "On the Information Bottleneck Theory of Deep Learning"
HIDDEN = (10, 7, 5, 4, 3)
"""Units of the hidden layers of Shwartz-Ziv & Tishby (2017), whose results the slides show."""
EPOCHS = 10_000
"""Of training: slide "Network Architecture"."""
TANH: Setting = {"activation": ("tanh",)}
NETWORK: Setting = {"hidden": (HIDDEN,), **TANH}
"""Their network."""
PLAIN: Setting = {"weight_decay": (0.0,)}
"""It learns without regularisation."""
SETTING: Setting = {**NETWORK, **PLAIN}


def course(plane: Trajectory, layer: int, column: str = "i_x") -> Course:
    """What has to rest at the end of training; one as long as the slides' ends as theirs does."""
    return Course(plane, layer, column, end=EPOCHS)
