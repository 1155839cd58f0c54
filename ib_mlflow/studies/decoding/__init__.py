"""Decoders that invert the layers of image networks."""
