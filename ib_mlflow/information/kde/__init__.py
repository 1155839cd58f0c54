"""Kernel densities: bounds of information, and entropy."""
