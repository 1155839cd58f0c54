"""Kernels that train and run fully connected ensembles on a CPU."""
