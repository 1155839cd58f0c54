"""Autoregressive decoders of images, conditioned on a layer."""

from ib_mlflow.networks.pixelcnn.logistic import DiscretizedLogisticMixture
from ib_mlflow.networks.pixelcnn.model import PixelCNN

__all__ = ["DiscretizedLogisticMixture", "PixelCNN"]
