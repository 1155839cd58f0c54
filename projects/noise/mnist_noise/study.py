"""Noise, dropout and clusters in a convolutional network on images.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, sections 2 and 5, supplement 9.3; Table 1, Fig. 3,
    7 and 8.
"""

from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.study import Study
from ..paper import PAPER
from . import errors
from .configuration import SETTING, Configuration
from .drawing import draw
from .judged import CLAIMS
from .networks import ensembles
from .readings import Versions, read_versions

REMARKS = (
    "I(X;T) on the plane is H(Bin T) with two bins, negative or not, of the held-out images; all "
    "versions are measured without their noise and dropout, as they classify.",
    "Layers 1 and 2 are the pooled convolutions, 3 the full layer of 128 units, 4 the logits, as "
    "in the paper.",
    "The paper learns from 60,000 images for 128 epochs and counts errors on 10,000; where fewer "
    "are used here, numbers of errors cannot be compared with its Table 1, only their order.",
    "Slopes of single units are fitted to epochs at equal distances up to the last: at "
    "scale=paper to 32, every fourth from 4 on, the paper's to all of 1 to 128: a measured epoch "
    "is a pass of every version over all images, and a line's slope errs by twice as much with a "
    "quarter of the epochs, which is little beside the deviation over units.",
    "Batch normalisation starts with scales of 1; PyTorch 0.3, which the paper names, drew them "
    "from 0 to 1: today's start is taken, for no claim names one, and a seed that follows the "
    "library's own is one that a reader can repeat. Pixels are 0 to 1; the bins that the paper has "
    "for them are of -1 to 1: the network is the same up to its first weights, and the two bins "
    "are divided at the middle of the range either way.",
)

STUDY: Study[Configuration, Versions] = Study(
    title="Noise, dropout and clusters in a convolutional network",
    question="Are layers of noisy networks and of those with dropout like those without?",
    paper=PAPER,
    configuration=Configuration,
    setting=SETTING,
    trains=ensembles,
    reads=read_versions,
    claims=CLAIMS,
    figures=draw,
    tables=lambda readings: (
        {
            "Table 1 of the paper": errors.errors_table(
                errors.version_errors(readings), readings.configuration.held_out
            )
        }
        | plane_tables(readings.planes, output=False)
    ),
    remarks=lambda _: REMARKS,
    minutes={"toy": 0.6, "quick": 19.4},
)
