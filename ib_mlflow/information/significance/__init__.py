"""Significance of an estimate: permutations, and resamples of its samples."""
