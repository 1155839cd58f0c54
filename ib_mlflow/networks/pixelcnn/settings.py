"""What a decoder is made with: its architecture, in one place for all who ask for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PixelCNNSettings:
    """The arguments of a `PixelCNN`, checked.

    Arguments:
        shape: (channels, h, w) of an image.
        head: name of the head.
        mixtures: components of the logistic head.
        blocks: gated blocks of each stream, level and way.
        filters: channels of both streams.
        levels: resolutions, each half of the one before.
        context: the shape of h; None for no context.
        conditioning: how maps condition.
        dropout: share of the activations dropped within the blocks.
        context_dropout: share of the context's biases dropped.
        seed: of the initial weights.
    """

    shape: tuple[int, int, int]
    head: str
    mixtures: int
    blocks: int
    filters: int
    levels: int
    context: tuple[int, ...] | None
    conditioning: str
    dropout: float
    context_dropout: float
    seed: int
