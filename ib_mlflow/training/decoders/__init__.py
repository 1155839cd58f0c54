"""How decoders learn: what of an image can be told from what a layer knows of it."""

from ib_mlflow.training.decoders.amortised import EpochPairs, train_amortised
from ib_mlflow.training.decoders.density import (
    ConditionalDensity,
    log_probabilities,
    log_probability_table,
    negative_log_likelihood,
    train_decoder,
)
from ib_mlflow.training.decoders.pairs import Pairs
from ib_mlflow.training.decoders.reconstruction import reconstruct, train_reconstruction

__all__ = [
    "ConditionalDensity",
    "EpochPairs",
    "Pairs",
    "log_probabilities",
    "log_probability_table",
    "negative_log_likelihood",
    "reconstruct",
    "train_amortised",
    "train_decoder",
    "train_reconstruction",
]
