"""Searching a study's parameters: trials that are trained as one ensemble."""
