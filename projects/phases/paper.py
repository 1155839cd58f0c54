"""On the Information Bottleneck Theory of Deep Learning: its title and its numbers."""

PAPER = "On the Information Bottleneck Theory of Deep Learning"
