"""Entropy and information of discrete values, by counts."""
