"""Tidy table in, figure out (no torch, no mlflow)."""

from ib_mlflow.figures.agreement import agreement
from ib_mlflow.figures.animation import PlaneAnimation
from ib_mlflow.figures.bins import bin_histograms, occupied_bins
from ib_mlflow.figures.bounded import bounded_plane
from ib_mlflow.figures.bounds import layer_bounds, relative_bounds, training_bounds
from ib_mlflow.figures.comparison import compare_settings
from ib_mlflow.figures.convergence import Converging, convergence, error_rates
from ib_mlflow.figures.curves import information_curves, loss_accuracy
from ib_mlflow.figures.distances import distance_histograms
from ib_mlflow.figures.dots import member_dots
from ib_mlflow.figures.estimates import estimator_curves, setting_curves
from ib_mlflow.figures.families import family_curves, family_panels
from ib_mlflow.figures.headings import entitle
from ib_mlflow.figures.images import image_grid, pixels
from ib_mlflow.figures.interactive import information_plane_html
from ib_mlflow.figures.layers import layer_dots
from ib_mlflow.figures.mixtures import centre_motion, mixture_densities
from ib_mlflow.figures.panels import Planes
from ib_mlflow.figures.paths import bound_paths
from ib_mlflow.figures.phases import gradient_phases, phase_paths
from ib_mlflow.figures.plane import information_plane
from ib_mlflow.figures.relations import relations
from ib_mlflow.figures.scaling import Power, scaling
from ib_mlflow.figures.scatter import input_scatter, layer_scatter
from ib_mlflow.figures.similarities import similarity_histograms
from ib_mlflow.figures.slopes import unit_slopes

__all__ = [
    "Converging",
    "PlaneAnimation",
    "Planes",
    "Power",
    "agreement",
    "bin_histograms",
    "bound_paths",
    "bounded_plane",
    "centre_motion",
    "compare_settings",
    "convergence",
    "distance_histograms",
    "entitle",
    "error_rates",
    "estimator_curves",
    "family_curves",
    "family_panels",
    "gradient_phases",
    "image_grid",
    "information_curves",
    "information_plane",
    "information_plane_html",
    "input_scatter",
    "layer_bounds",
    "layer_dots",
    "layer_scatter",
    "loss_accuracy",
    "member_dots",
    "mixture_densities",
    "occupied_bins",
    "phase_paths",
    "pixels",
    "relations",
    "relative_bounds",
    "scaling",
    "setting_curves",
    "similarity_histograms",
    "training_bounds",
    "unit_slopes",
]
