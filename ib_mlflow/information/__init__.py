"""Estimators of entropy and information: arrays in, Estimates out."""

from ib_mlflow.information.estimate import Estimate, LayerEstimator, LayerInformation

__all__ = ["Estimate", "LayerEstimator", "LayerInformation"]
