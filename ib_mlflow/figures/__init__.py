"""Tidy table in, figure out (no torch, no mlflow)."""

from ib_mlflow.figures.plane import information_plane

__all__ = ["information_plane"]
