"""Searches: parameters of studies, tuned by Optuna."""
