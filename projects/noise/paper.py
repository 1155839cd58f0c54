"""Estimating Information Flow in DNNs: its title, its network and its numbers.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728.
"""

PAPER = "Estimating Information Flow in DNNs"
HIDDEN = (10, 7, 5, 4, 3)
"""Units of the hidden layers of the network on synthetic data: section 5."""
