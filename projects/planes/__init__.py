"""Revisiting the Information Plane."""
