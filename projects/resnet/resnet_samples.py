"""Samples from the layers of a ResNet that classifies: what is forgotten while it learns.

Reference:
    "What Information Does a ResNet Compress", ICLR 2019 submission, section 6.2; Fig. 1, 4, 5, 7.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from . import sample_claims
from .configuration import IMAGES, NETWORKS, presets
from .curves import by_the_end
from .decoded import SamplesConfiguration
from .paper import ENCODED, PAPER
from .samples import Draws, read_draws
from .works import samples_works

LAYERS = ("h2", "h3", "h4")


class Configuration(SamplesConfiguration):
    """What decoders draw from the layers of a residual classifier, at some epochs."""

    presets: ClassVar[dict[str, dict[str, Any]]] = presets(
        IMAGES,
        NETWORKS,
        toy={
            "layers": LAYERS,
            "sampled": (0, 1, 2),
            "shown": 2,
            "samples": 2,
            "compared": 4,
            "judge_updates": 4,
        },
        quick={"layers": LAYERS, "sampled": (0, 3, 30), "compared": 32, "judge_updates": 800},
        paper={
            "layers": LAYERS,
            "sampled": (0, 1, 10, 100, 200),
            "compared": 512,
            "judge_updates": 100_000,
        },
    )


def read(runner: Runner, configuration: Configuration, _: Sequence[Trained]) -> Draws:
    """Draw from the layers of all networks."""
    return read_draws(runner, configuration, configuration.parts(configuration.task))


STUDY: Study[Configuration, Draws] = Study(
    title="Samples from the layers of a residual classifier",
    question="What of an image do the layers of a ResNet forget while it learns to classify?",
    paper=PAPER,
    configuration=Configuration,
    reads=read,
    setting=ENCODED,
    claims=[
        Claim(
            "{of.name}: samples vary more at the end of training than at the end of fitting",
            "Sec. 6.2; Fig. 1, 4, 5",
            by_the_end(sample_claims.vary_more, sample_claims.last_of),
            sample_claims.with_a_peak,
        ),
        Claim(
            "{of.name}: so do their colours",
            "Sec. 6.2; Fig. 4, 5",
            by_the_end(sample_claims.colours_vary_more, sample_claims.last_of),
            sample_claims.with_a_peak,
        ),
        Claim(
            "{of.name}: samples are of the image's class more often after training than before it",
            "Sec. 6.2; Fig. 4, 5",
            by_the_end(sample_claims.within_their_class, sample_claims.last_of),
            sample_claims.late_layers,
        ),
    ],
    figures=sample_claims.draw_samples_of_layers,
    tables=lambda draws: {"What the eye sees, in numbers": sample_claims.number_table(draws)},
    remarks=lambda _: [
        "The paper shows samples and counts nothing: the numbers are ours. Two samples of an "
        "image differ by what its layer does not say of it, and by what the decoder has not "
        "learnt: decoders that have not converged draw images that vary for that reason too.",
    ],
    minutes={"toy": 0.2, "quick": 22.0},
    works=samples_works,
)
