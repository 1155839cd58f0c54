"""Entropy of mixtures of Gaussians: by Monte Carlo with an exact or certified density; bounds."""

from ib_mlflow.information.mixture.entropy import mixture_entropy
from ib_mlflow.information.mixture.pairwise import mixture_entropy_bounds

__all__ = ["mixture_entropy", "mixture_entropy_bounds"]
