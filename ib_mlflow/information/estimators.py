"""The estimators of a layer's information, by name, with the settings that papers used.

One line here registers an estimator; the tests of all estimators then hold for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ib_mlflow.information.binned.estimator import Binned
from ib_mlflow.information.edges.layer import Edge
from ib_mlflow.information.kde.bounds import KDE
from ib_mlflow.information.propagation import SamplePropagation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ib_mlflow.information.protocols import LayerEstimator, NetworkEstimator

ESTIMATORS: Mapping[str, tuple[LayerEstimator, ...]] = {
    "binned": (Binned(bin_size=0.07), Binned(bin_count=30, value_range=(-1, 1))),
    "edge": (Edge(),),
    "kde": (KDE(variance=0.001, bound="lower"), KDE(variance=0.001, bound="upper")),
}

NETWORK_ESTIMATORS: Mapping[str, tuple[NetworkEstimator, ...]] = {
    "sp": (SamplePropagation(),),
}
"""Those that run noisy networks themselves."""
