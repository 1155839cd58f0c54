"""Estimating Information Flow in DNNs: its title."""

PAPER = "Estimating Information Flow in DNNs"
