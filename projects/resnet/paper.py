"""What Information Does a ResNet Compress (2018): the title, its settings, and its numbers."""

from typing import Any

from ib_mlflow.studies.judging.lengths import PaperEpoch
from ib_mlflow.studies.judging.settings import AtLeast, Setting

PAPER = "What Information Does a ResNet Compress"

DESCENT: dict[str, Any] = {
    "optimiser": "sgd",
    "learning_rate": 0.1,
    "momentum": 0.9,
    "weight_decay": 5e-4,
    "decay": "cosine",
}
"""Section 5.1: how classifiers, autoencoders and forward decoders learn."""
EPOCHS = 200
"""Section 5.1: of the networks under study."""
END = PaperEpoch(EPOCHS, "end of learning", factor=1)
"""Up to which its layers are compressed: what has not happened before may happen by then."""
COMPRESSION = {"h2": 267.0, "h3": 120.0, "h4": 67.0}
"""Section 6.1: nats that each layer of the classifier loses after its peak."""
UNCONDITIONAL = {"encoding": 7515.3841, "decoding": 7612.0762, "evaluation": 7628.6529}
"""Fig. 10: -ln q(x) in nats of the three parts, the first of which was learnt."""
DIMENSIONS = 3 * 32 * 32
"""Sub-pixels of an image of CINIC-10."""
BITS_PER_DIMENSION = 3.58
"""Fig. 10: the last of them, in bits for each sub-pixel."""
DECODER_EPOCHS = 250
"""Appendix E: of an inverse decoder, which has not converged then."""

DECODED: Setting = {
    "task": ("cinic10",),
    "shrunk": (1,),
    "binary": (False,),
    "decoder_updates": AtLeast(1_400_000),
}
"""Of the figures: images, and decoders of 250 epochs of 90,000 images in batches of 16."""
ENCODED: Setting = {**DECODED, "widths": ((16, 32, 64),), "depth": (3,)}
"""The same, and the networks of Fig. 6."""

DIFFERENCES = (
    "The paper follows one network of each kind and gives no error; here are several, of seeds of "
    "their own, which all learn the same images.",
    "Batches of 128 are ours: the paper states none. Heads and probes see their layer "
    "standardised, channel by channel, which loses nothing: before training, normalisation layers "
    "have not met an image yet, and h is so small that a head would learn nothing in time.",
    "Of heads, probes and decoders the weights of the best held-out evaluation are taken, on "
    "images of neither the decoding nor the evaluation part.",
    "The forward decoders of h3 and h4 are both linear in the pooled map, as the network's end is: "
    "that they read equally much says little of the layers, and a linear probe of h3 can read "
    "more. A verdict by forward decoders stands where the better of the two has it too.",
)
"""What is otherwise here than in the paper."""
