"""Information of binned activations, and what their histograms show."""
