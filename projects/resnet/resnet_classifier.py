"""A ResNet that classifies: what its layers know of class and image while it learns.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.1; Fig. 2a, 3a, c.
"""

from typing import Any, ClassVar

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.lengths import after
from ib_mlflow.studies.judging.settings import BEYOND
from ib_mlflow.studies.study import Study
from . import image_claims, label_claims
from .configuration import IMAGES, NETWORKS, READERS, presets
from .curves import by_the_end, last_of, last_of_pair, pairs
from .decoded import LayersConfiguration
from .image_tables import convergence_table, draw, image_table
from .inverse_claims import beyond
from .label_tables import label_table, network_table
from .layers import ResidualLayers, read_layers
from .paper import DIFFERENCES, ENCODED, END, PAPER
from .works import layers_works


class Configuration(LayersConfiguration):
    """What the layers of a residual classifier know, at some epochs of its training."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(IMAGES, NETWORKS, READERS)


STUDY: Study[Configuration, ResidualLayers] = Study(
    title="What the layers of a residual classifier compress",
    question="What do the layers of a ResNet that classifies keep of class and image?",
    paper=PAPER,
    configuration=Configuration,
    reads=read_layers("classifier"),
    setting=ENCODED,
    claims=[
        Claim(
            "{of.name}: what can be read of the class always increases",
            "Sec. 6.1; Fig. 3a",
            label_claims.always_increases,
            lambda layers: layers.labels.of_layers,
        ),
        Claim(
            "what can be read of the class changes more in {of.after.name} than in "
            "{of.before.name}",
            "Sec. 6.1; Fig. 3a",
            by_the_end(label_claims.changes_more, last_of_pair),
            lambda layers: pairs(layers.labels.of_layers),
        ),
        Claim(
            "At the end the hyper-layers hold about equally much of the class",
            "Sec. 6.1; Fig. 3a",
            after(label_claims.meet_at_the_end, END, lambda of: of.epochs[-1]),
            lambda layers: [layers.labels],
        ),
        Claim(
            "{of.name} becomes more linearly separable",
            "Sec. 6.1; Fig. 3a",
            by_the_end(label_claims.becomes_separable, last_of),
            lambda layers: layers.labels.of_layers,
        ),
        Claim(
            "{of.name}: more can be told of the image at first",
            "Sec. 6.1; Fig. 3c",
            image_claims.rises_at_first,
            lambda layers: image_claims.of_paper(layers.images),
        ),
        Claim(
            "{of.name} is compressed later",
            "Sec. 6.1; Fig. 3c",
            by_the_end(image_claims.compresses, last_of),
            lambda layers: image_claims.of_paper(layers.images),
        ),
        Claim(
            "{of.before.name} is compressed more than {of.after.name}",
            "Sec. 6.1; Fig. 3c",
            by_the_end(image_claims.compresses_more, last_of_pair),
            lambda layers: pairs(image_claims.of_paper(layers.images)),
        ),
        Claim(
            "{of.after.name} begins to be compressed before {of.before.name}",
            "Sec. 6.1; Fig. 3c",
            image_claims.begins_earlier,
            lambda layers: pairs(image_claims.of_paper(layers.images)),
        ),
        Claim(
            "{of.name} holds less of the image after training than before it",
            "Sec. 6.2; Fig. 3c",
            by_the_end(image_claims.ends_below_its_start, last_of),
            lambda layers: image_claims.third_layers(layers.images),
        ),
        *beyond("Fig. 3c"),
        Claim(
            "{of.before.name} loses more of the image than {of.after.name}",
            f"{BEYOND}: Fig. 3c",
            image_claims.compresses_more,
            lambda layers: image_claims.pairs_beyond(layers.images),
        ),
        Claim(
            "{of.after.name} loses of the image sooner than {of.before.name}",
            f"{BEYOND}: Fig. 3c",
            image_claims.begins_earlier,
            lambda layers: image_claims.pairs_beyond(layers.images),
        ),
    ],
    figures=draw,
    tables=lambda layers: {
        "The networks": network_table(layers),
        "What layers know of the class (Fig. 3a)": label_table(layers.labels),
        "What layers know of the image (Fig. 3c)": image_table(layers.images),
        "How far the decoders are from their end (Fig. 8, 9)": convergence_table(layers.images),
    },
    remarks=lambda _: DIFFERENCES,
    minutes={"toy": 0.3, "quick": 44.0},
    works=layers_works("classifier"),
)
