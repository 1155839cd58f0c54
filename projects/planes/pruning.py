"""Pruning: can layers that take similar paths through the plane be removed?

Reference:
    Revisiting the Information Plane, section 2.5; Fig. 8, Table 2.
"""

from ib_mlflow.studies.study import Study
from .paper import BIN_SIZE, BINNED, PAPER, PERCEPTRONS
from .pruned_networks import big_networks, read_prunings
from .pruning_claims import CLAIMS
from .pruning_configuration import PruningConfiguration
from .pruning_reporting import REMARKS, pruning_figures, pruning_tables
from .prunings import Prunings

STUDY: Study[PruningConfiguration, Prunings] = Study(
    title="Pruning",
    question="Can layers that take similar paths through the plane be removed without a loss?",
    paper=PAPER,
    configuration=PruningConfiguration,
    setting={**PERCEPTRONS, "bin_size": (BIN_SIZE,)},
    trains=lambda c: [network.spec for network in big_networks(c)],
    reads=read_prunings,
    claims=CLAIMS,
    figures=pruning_figures,
    tables=pruning_tables,
    remarks=lambda _: [BINNED, *REMARKS],
    minutes={"toy": 0.3, "quick": 2.4},
)
