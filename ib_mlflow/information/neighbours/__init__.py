"""Nearest-neighbour estimators of entropy and information."""
