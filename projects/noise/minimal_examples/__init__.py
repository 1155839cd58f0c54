"""One noisy neuron, and two."""
