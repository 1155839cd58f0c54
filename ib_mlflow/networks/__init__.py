"""Networks that are studied: ensembles of members stacked along a leading axis."""

from ib_mlflow.networks.ensembles.ensemble import Ensemble
from ib_mlflow.networks.ensembles.factory import stack
from ib_mlflow.networks.images.autoencoder import Autoencoder
from ib_mlflow.networks.images.classifiers import classifier
from ib_mlflow.networks.images.convolutional import (
    MNIST_CNN_LAYERS,
    RELU_CNN_LAYERS,
    mnist_cnn,
    relu_cnn,
)
from ib_mlflow.networks.images.layered import Classifier
from ib_mlflow.networks.images.reconstruction import Reconstruction
from ib_mlflow.networks.images.resnet import ResNet
from ib_mlflow.networks.images.reversible import Reversible
from ib_mlflow.networks.noise import GaussianNoise
from ib_mlflow.networks.perceptrons.architecture import MLP
from ib_mlflow.networks.perceptrons.perceptron import mlp
from ib_mlflow.networks.pixelcnn import DiscretizedLogisticMixture, PixelCNN

__all__ = [
    "MLP",
    "MNIST_CNN_LAYERS",
    "RELU_CNN_LAYERS",
    "Autoencoder",
    "Classifier",
    "DiscretizedLogisticMixture",
    "Ensemble",
    "GaussianNoise",
    "PixelCNN",
    "Reconstruction",
    "ResNet",
    "Reversible",
    "classifier",
    "mlp",
    "mnist_cnn",
    "relu_cnn",
    "stack",
]
