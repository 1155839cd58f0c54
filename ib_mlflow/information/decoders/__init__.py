"""Lower bounds from decoders and classifiers."""
