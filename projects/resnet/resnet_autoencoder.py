"""A ResNet that reconstructs: what its layers know of class and image while it learns.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.1; Fig. 2b, 3b, d.
"""

from typing import Any, ClassVar

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.study import Study
from . import label_claims
from .configuration import IMAGES, NETWORKS, READERS, LayersConfiguration, presets
from .label_tables import draw_labels, label_table, network_table
from .layers import ResidualLayers, read_layers
from .paper import DIFFERENCES, PAPER


class Configuration(LayersConfiguration):
    """What the layers of a residual autoencoder know, at some epochs of its training."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(IMAGES, NETWORKS, READERS)


STUDY: Study[Configuration, ResidualLayers] = Study(
    title="What the layers of a residual autoencoder compress",
    question="What do the layers of a ResNet that reconstructs its input keep of class and image?",
    paper=PAPER,
    configuration=Configuration,
    reads=read_layers("autoencoder"),
    claims=[
        Claim(
            "The bottleneck loses information about the class",
            "Sec. 6.1; Fig. 3b",
            label_claims.loses_the_class,
            lambda layers: [layers.labels],
        ),
        Claim(
            "The bottleneck holds as much of the class as the layer that is pooled",
            "Fig. 3b",
            label_claims.as_much_as_before_pooling,
            lambda layers: [layers.labels],
        ),
    ],
    figures=lambda layers: {"forward.png": draw_labels(layers)},
    tables=lambda layers: {
        "The networks": network_table(layers),
        "What layers know of the class (Fig. 3b)": label_table(layers.labels),
    },
    remarks=lambda _: DIFFERENCES,
    minutes={"toy": 0.4, "quick": 60.0},
)
