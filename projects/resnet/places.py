"""Where a decoder stands: its network, its layer, its size."""

from typing import NamedTuple


class Place(NamedTuple):
    """A layer of a network, and the size of the decoders that invert it.

    Arguments:
        seed: of the network.
        layer: the layer.
        size: filters of its decoders.
    """

    seed: int
    layer: str
    size: int
