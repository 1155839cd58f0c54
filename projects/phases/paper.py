"""On the Information Bottleneck Theory of Deep Learning: its title, its network, its numbers."""

from ib_mlflow.studies.judging.settings import Setting

PAPER = "On the Information Bottleneck Theory of Deep Learning"
HIDDEN = (10, 7, 5, 4, 3)
"""Units of the hidden layers of Shwartz-Ziv & Tishby (2017), whose results the slides show."""
TANH: Setting = {"activation": ("tanh",)}
NETWORK: Setting = {"hidden": (HIDDEN,), **TANH}
"""Their network."""
PLAIN: Setting = {"weight_decay": (0.0,)}
"""It learns without regularisation."""
SETTING: Setting = {**NETWORK, **PLAIN}
