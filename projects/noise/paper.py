"""Estimating Information Flow in DNNs: its title, its network and its numbers.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728.
"""

PAPER = "Estimating Information Flow in DNNs"
HIDDEN = (10, 7, 5, 4, 3)
"""Units of the hidden layers of the network on synthetic data: section 5."""
SPIRAL_HIDDEN = (3, 3, 3, 3, 3)
"""Those of the network on the spiral: supplement 9.2."""
SUFFICIENT = 976
"""Propagations of each of 4096 inputs that are the 4·10⁶ samples of remark 1."""
SPIRAL_BIN = 0.001
"""The bin size of the deterministic network on the spiral: Fig. 13."""
ORTHONORMALITY = 5e-5
"""Strength of the regularisation towards orthonormal weights: α of supplement 9.1."""
FIG_5, FIG_10 = 0.005, 0.01
"""β of the tanh networks of Fig. 5a, 5b and 6, and of all networks of Fig. 5c and 10."""
ACCURACY = {
    ("tanh", 0.005, False): (0.99, "Sec. 5; Fig. 5a"),
    ("tanh", 0.005, True): (0.96, "Sec. 5; Fig. 5b"),
    ("linear", 0.01, False): (0.89, "Sec. 5; Fig. 5c"),
    ("tanh", 0.01, False): (0.97, "Suppl. 9.1; Fig. 10a"),
    ("relu", 0.01, False): (0.96, "Suppl. 9.1; Fig. 10b"),
    ("relu", 0.01, True): (0.97, "Suppl. 9.1; Fig. 10c"),
}
"""Test accuracy and its place, by activation, β, and whether weights are kept orthonormal."""
SAMPLED = (
    "I(X;T) is that of the noisy networks, by sample propagation; in the trajectory every value "
    "has its standard error, and `reliable` says where the propagations were too few: the estimate "
    "is then too high, and a claim that rests on it is judged between it and its lower bound, and "
    "undecided where these give different verdicts. H(Bin T) is taken of the same networks without "
    "their noise, and so are scatter plots, histograms and distances: they are of the centres of "
    "the Gaussians. Bins have a border at 0, so that a unit at exactly 1 has a bin of its own, "
    "beside those just below it: bin_origin=bounds ends the bins at -1 and 1."
)
BINNED = (
    "Without noise, I(X;T) is ln 4096 = H(X) in every layer at every epoch, for tanh maps "
    "different inputs to different activations. What is measured is I(X; Bin T) = H(Bin T), over "
    "all 4096 inputs; the network learns from those that are not kept for testing."
)
ROUNDED = (
    "Activations are float32: next to 1 they are 6e-8 apart, so that a saturated layer can give "
    "several inputs the very same numbers, and no bin is small enough to tell these apart."
)
OURS = (
    "The paper prints no batch size, initial weights, number of epochs, or division of the samples "
    "for its networks on synthetic data: batches, a split of 80 % and 20 % and losses and "
    "accuracies without noise are ours. Its α = 5e-5 was the best of seven at its own learning "
    "rate and batch size: the pull acts once a step, whatever the rate.",
    "The paper integrates with draws around each of its 4·10⁶ samples; here `queries` draws are "
    "spread over all samples, and their standard error is in the trajectory: it falls with the "
    "number of draws, however many samples these are spread over, and one draw a sample would "
    "take a hundred times as long at scale=paper and a thousand times at quick. Where its inputs "
    "are drawn at random, every input is propagated equally often here.",
)
"""What is ours in the studies on synthetic data, or otherwise than in the paper."""
