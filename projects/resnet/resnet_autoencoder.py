"""A ResNet that reconstructs: what its layers know of class and image while it learns.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.1; Fig. 2b, 3b, d.
"""

from typing import Any, ClassVar

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.study import Study
from . import image_claims, label_claims
from .configuration import IMAGES, NETWORKS, READERS, presets
from .curves import by_the_end, last_of
from .decoded import LayersConfiguration
from .image_tables import convergence_table, draw, image_table
from .inverse_claims import beyond
from .label_tables import label_table, network_table
from .layers import ResidualLayers, read_layers
from .paper import DIFFERENCES, ENCODED, PAPER
from .works import layers_works


class Configuration(LayersConfiguration):
    """What the layers of a residual autoencoder know, at some epochs of its training."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(IMAGES, NETWORKS, READERS)


STUDY: Study[Configuration, ResidualLayers] = Study(
    title="What the layers of a residual autoencoder compress",
    question="What do the layers of a ResNet that reconstructs its input keep of class and image?",
    paper=PAPER,
    configuration=Configuration,
    reads=read_layers("autoencoder"),
    setting=ENCODED,
    claims=[
        Claim(
            "The bottleneck loses information about the class",
            "Sec. 6.1; Fig. 3b",
            by_the_end(label_claims.loses_the_class, lambda of: of.epochs[-1]),
            lambda layers: [layers.labels],
        ),
        Claim(
            "The bottleneck holds as much of the class as the layer that is pooled",
            "Fig. 3b",
            label_claims.as_much_as_before_pooling,
            lambda layers: [layers.labels],
        ),
        Claim(
            "{of.name}: more can be told of the image at first",
            "Sec. 7; Fig. 3d",
            image_claims.rises_at_first,
            lambda layers: image_claims.of_paper(layers.images),
        ),
        Claim(
            "{of.name} is compressed later, though the image is what is learnt",
            "Sec. 6.1; Fig. 3d",
            by_the_end(image_claims.compresses, last_of),
            lambda layers: image_claims.of_paper(layers.images),
        ),
        *beyond("Fig. 3d"),
    ],
    figures=draw,
    tables=lambda layers: {
        "The networks": network_table(layers),
        "What layers know of the class (Fig. 3b)": label_table(layers.labels),
        "What layers know of the image (Fig. 3d)": image_table(layers.images),
        "How far the decoders are from their end (Fig. 8, 9)": convergence_table(layers.images),
    },
    remarks=lambda _: DIFFERENCES,
    minutes={"toy": 0.3, "quick": 50.0},
    works=layers_works("autoencoder"),
)
