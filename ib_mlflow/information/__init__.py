"""Estimators of entropy and information: arrays in, Estimates out."""

from ib_mlflow.information.binning import Binned, binned_information
from ib_mlflow.information.discrete import (
    conditional_entropy,
    entropy,
    kl_divergence,
    mutual_information,
)
from ib_mlflow.information.estimate import Estimate, LayerEstimator, LayerInformation
from ib_mlflow.information.estimators import ESTIMATORS
from ib_mlflow.information.histograms import BinHistogram, bin_histogram, occupied_bins

__all__ = [
    "ESTIMATORS",
    "BinHistogram",
    "Binned",
    "Estimate",
    "LayerEstimator",
    "LayerInformation",
    "bin_histogram",
    "binned_information",
    "conditional_entropy",
    "entropy",
    "kl_divergence",
    "mutual_information",
    "occupied_bins",
]
