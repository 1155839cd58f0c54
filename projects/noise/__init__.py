"""Estimating Information Flow in DNNs."""
