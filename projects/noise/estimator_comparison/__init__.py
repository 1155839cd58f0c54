"""Estimators of entropy, side by side."""
