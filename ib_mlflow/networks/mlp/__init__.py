"""Fully connected ensembles."""
