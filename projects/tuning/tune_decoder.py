"""Tune decoder: which decoder says most of held-out images, once for a dataset.

Reference:
    Nash, Kushman & Williams (2018), "Inverting Supervised Representations with Autoregressive
    Neural Density Models", appendix A, for what is searched.
"""

from collections.abc import Sequence

from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.study import Study
from .decoder_claims import CLAIMS
from .decoder_configuration import Configuration
from .decoder_jobs import check_decoders
from .decoder_readings import REMARKS, DecoderSearch, search_decoders
from .pruner_tables import decoder_remarks, decoder_tables


def read(runner: Runner, configuration: Configuration, _: Sequence[Trained]) -> DecoderSearch:
    """Search, and leave the settings of the best decoder as decoder.json."""
    return search_decoders(runner, configuration)


STUDY: Study[Configuration, DecoderSearch] = Study(
    title="Tuning decoders",
    question="Which decoder says most of the images of a dataset?",
    paper="",
    configuration=Configuration,
    reads=read,
    claims=CLAIMS,
    tables=decoder_tables,
    remarks=lambda readings: [*REMARKS, *decoder_remarks(readings), *readings.remarks],
    minutes={"toy": 0.3, "quick": 1.2},
    checks=check_decoders,
)
