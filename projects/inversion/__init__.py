"""Inverting Supervised Representations with Autoregressive Neural Density Models."""
