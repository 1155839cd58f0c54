"""Autoregressive decoders of images, conditioned on a layer."""

from ib_mlflow.networks.pixelcnn.amortised import AmortisedPixelCNN, join_epoch, joined_shape
from ib_mlflow.networks.pixelcnn.logistic import DiscretizedLogisticMixture
from ib_mlflow.networks.pixelcnn.model import PixelCNN

__all__ = [
    "AmortisedPixelCNN",
    "DiscretizedLogisticMixture",
    "PixelCNN",
    "join_epoch",
    "joined_shape",
]
