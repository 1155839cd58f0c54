"""Tune noise: what accuracy costs in how well the information of a noisy network is known.

Reference:
    Goldfeld et al. (2018), arXiv:1810.05728, remark 1: β is tuned for held-out data, and raised
    from there where the estimate asks for it.
"""

from collections.abc import Sequence

from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.searching.searched import run_search
from ib_mlflow.studies.study import Study
from .jobs import begun_job, check_search
from .noise_configuration import Configuration
from .noise_readings import CLAIMS, NoiseSearch, noise_figures, noise_remarks
from .tables import search_tables


def read(runner: Runner, configuration: Configuration, _: Sequence[Trained]) -> NoiseSearch:
    """Search, choose, and register what was chosen."""
    job = begun_job(configuration, runner.study.handle)
    readings = NoiseSearch.of(runner, configuration, run_search(runner, job))
    readings.register(runner)
    return readings


STUDY: Study[Configuration, NoiseSearch] = Study(
    title="Tuning noise",
    question="How small may the noise be before the information is not known any more?",
    paper="Estimating Information Flow in DNNs",
    configuration=Configuration,
    reads=read,
    claims=CLAIMS,
    figures=noise_figures,
    tables=lambda readings: search_tables(readings.searched),
    remarks=noise_remarks,
    minutes={"toy": 0.5, "quick": 7.5},
    checks=check_search,
)
