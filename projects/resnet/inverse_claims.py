"""What is claimed of layers that the paper does not invert, such as h1."""

from collections.abc import Iterator
from typing import Any

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.settings import BEYOND
from . import image_claims
from .layers import ResidualLayers


def beyond(figure: str) -> Iterator[Claim[ResidualLayers, Any]]:
    """The claims about the image, of these layers.

    Arguments:
        figure: of the paper, which has the like of other layers.

    Example:
        >>> [claim.where for claim in beyond("Fig. 3c")]
        ['Beyond the paper: Fig. 3c', 'Beyond the paper: Fig. 3c']
    """
    for words, judge in (
        ("From {of.name} too more of the image can be told at first", image_claims.rises_at_first),
        ("{of.name} loses of the image later, too", image_claims.compresses),
    ):
        yield Claim(
            words,
            f"{BEYOND}: {figure}",
            judge,
            lambda layers: image_claims.beyond_paper(layers.images),
        )
