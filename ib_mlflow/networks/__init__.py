"""Networks that are studied: ensembles of members stacked along a leading axis."""

from ib_mlflow.networks.architecture import MLP
from ib_mlflow.networks.ensemble import Ensemble
from ib_mlflow.networks.factory import stack
from ib_mlflow.networks.perceptron import mlp

__all__ = ["MLP", "Ensemble", "mlp", "stack"]
