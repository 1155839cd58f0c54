"""Noise, dropout and clusters in a convolutional network."""
