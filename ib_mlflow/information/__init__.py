"""Estimators of entropy and information: arrays in, Estimates out."""

from ib_mlflow.information.binning import Binned, binned_information
from ib_mlflow.information.calibrate import calibrate
from ib_mlflow.information.discrete import (
    conditional_entropy,
    entropy,
    kl_divergence,
    mutual_information,
)
from ib_mlflow.information.estimate import Estimate, LayerEstimator, LayerInformation
from ib_mlflow.information.estimators import ESTIMATORS
from ib_mlflow.information.histograms import BinHistogram, bin_histogram, occupied_bins
from ib_mlflow.information.kde import KDE, KDEInformation, kde_information
from ib_mlflow.information.mixture import mixture_entropy, mixture_entropy_bounds
from ib_mlflow.information.neighbours import knn_entropy, ksg_information

__all__ = [
    "ESTIMATORS",
    "KDE",
    "BinHistogram",
    "Binned",
    "Estimate",
    "KDEInformation",
    "LayerEstimator",
    "LayerInformation",
    "bin_histogram",
    "binned_information",
    "calibrate",
    "conditional_entropy",
    "entropy",
    "kde_information",
    "kl_divergence",
    "knn_entropy",
    "ksg_information",
    "mixture_entropy",
    "mixture_entropy_bounds",
    "mutual_information",
    "occupied_bins",
]
