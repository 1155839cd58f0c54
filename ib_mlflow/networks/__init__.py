"""Networks that are studied: ensembles of members stacked along a leading axis."""

from ib_mlflow.networks.architecture import MLP
from ib_mlflow.networks.classifiers import classifier
from ib_mlflow.networks.convolutional import MNIST_CNN_LAYERS, mnist_cnn
from ib_mlflow.networks.ensemble import Ensemble
from ib_mlflow.networks.factory import stack
from ib_mlflow.networks.layered import Classifier
from ib_mlflow.networks.noise import GaussianNoise
from ib_mlflow.networks.perceptron import mlp
from ib_mlflow.networks.pixelcnn import DiscretizedLogisticMixture, PixelCNN
from ib_mlflow.networks.reconstruction import Reconstruction

__all__ = [
    "MLP",
    "MNIST_CNN_LAYERS",
    "Classifier",
    "DiscretizedLogisticMixture",
    "Ensemble",
    "GaussianNoise",
    "PixelCNN",
    "Reconstruction",
    "classifier",
    "mlp",
    "mnist_cnn",
    "stack",
]
