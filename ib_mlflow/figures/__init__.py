"""Tidy table in, figure out (no torch, no mlflow)."""

from ib_mlflow.figures.bins import bin_histograms, occupied_bins
from ib_mlflow.figures.comparison import compare_settings
from ib_mlflow.figures.curves import information_curves, loss_accuracy
from ib_mlflow.figures.film import PlaneFilm
from ib_mlflow.figures.interactive import information_plane_html
from ib_mlflow.figures.panels import Planes
from ib_mlflow.figures.plane import information_plane

__all__ = [
    "PlaneFilm",
    "Planes",
    "bin_histograms",
    "compare_settings",
    "information_curves",
    "information_plane",
    "information_plane_html",
    "loss_accuracy",
    "occupied_bins",
]
