"""On the Information Bottleneck Theory of Deep Learning."""
