"""Estimators of entropy and information: arrays in, Estimates out."""

from ib_mlflow.information.binned.bounded import BoundedBins
from ib_mlflow.information.binned.estimator import Binned, binned_information
from ib_mlflow.information.binned.histograms import BinHistogram, bin_histogram, occupied_bins
from ib_mlflow.information.binned.known import BoundedKnownLabels, KnownLabels, label_information
from ib_mlflow.information.binned.units import unit_information
from ib_mlflow.information.bottleneck.curve import IBCurve
from ib_mlflow.information.calibrate import calibrate
from ib_mlflow.information.decoders.bounds import DecoderInformation, decoder_information
from ib_mlflow.information.decoders.posterior import classifier_information
from ib_mlflow.information.discrete.counts import (
    conditional_entropy,
    entropy,
    kl_divergence,
    mutual_information,
)
from ib_mlflow.information.discrete.ib_curve import ib_curve
from ib_mlflow.information.edges.estimator import edge_information
from ib_mlflow.information.edges.layer import Edge
from ib_mlflow.information.estimate import Estimate, LayerInformation
from ib_mlflow.information.estimators import ESTIMATORS, NETWORK_ESTIMATORS
from ib_mlflow.information.geometry.distances import DistanceHistogram, distance_histogram
from ib_mlflow.information.geometry.nearest import Nearest, alternative_distances, nearest_rows
from ib_mlflow.information.geometry.similarity import Slopes, cosine_similarities, epoch_slopes
from ib_mlflow.information.kde.bounds import KDE, KDEInformation, kde_information
from ib_mlflow.information.kde.entropy import kde_entropy
from ib_mlflow.information.mixture import mixture_entropy, mixture_entropy_bounds
from ib_mlflow.information.neighbours.estimator import knn_entropy, ksg_information
from ib_mlflow.information.propagation import SamplePropagation, noisy_information
from ib_mlflow.information.protocols import (
    LayeredEstimator,
    LayerEstimator,
    NetworkEstimator,
    Propagate,
)
from ib_mlflow.information.significance.permutation import PermutationTest, permutation_test
from ib_mlflow.information.significance.resampling import bootstrap

__all__ = [
    "ESTIMATORS",
    "KDE",
    "NETWORK_ESTIMATORS",
    "BinHistogram",
    "Binned",
    "BoundedBins",
    "BoundedKnownLabels",
    "DecoderInformation",
    "DistanceHistogram",
    "Edge",
    "Estimate",
    "IBCurve",
    "KDEInformation",
    "KnownLabels",
    "LayerEstimator",
    "LayerInformation",
    "LayeredEstimator",
    "Nearest",
    "NetworkEstimator",
    "PermutationTest",
    "Propagate",
    "SamplePropagation",
    "Slopes",
    "alternative_distances",
    "bin_histogram",
    "binned_information",
    "bootstrap",
    "calibrate",
    "classifier_information",
    "conditional_entropy",
    "cosine_similarities",
    "decoder_information",
    "distance_histogram",
    "edge_information",
    "entropy",
    "epoch_slopes",
    "ib_curve",
    "kde_entropy",
    "kde_information",
    "kl_divergence",
    "knn_entropy",
    "ksg_information",
    "label_information",
    "mixture_entropy",
    "mixture_entropy_bounds",
    "mutual_information",
    "nearest_rows",
    "noisy_information",
    "occupied_bins",
    "permutation_test",
    "unit_information",
]
