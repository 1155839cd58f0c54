"""Information of noisy networks by the propagation of samples."""

from ib_mlflow.information.propagation.estimator import SamplePropagation
from ib_mlflow.information.propagation.noisy import noisy_information

__all__ = ["SamplePropagation", "noisy_information"]
