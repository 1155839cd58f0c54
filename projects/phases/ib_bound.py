"""The IB bound: how near layers come to the most that any representation can know.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Theoretical IB Bound";
    Revisiting the Information Plane, appendices A and E, Fig. 16; Shwartz-Ziv & Tishby (2017),
    arXiv:1703.00810.
"""

from ib_mlflow.studies.study import Study
from .bound_claims import CLAIMS
from .bound_reporting import bound_figures, bound_remarks, bound_tables
from .bound_rules import Configuration, rule_spec
from .bounds import Bounds, read_bounds
from .paper import PAPER, SETTING

STUDY: Study[Configuration, Bounds] = Study(
    title="The theoretical bound",
    question="How near do layers come to the information bottleneck's bound, at which tradeoff?",
    paper=PAPER,
    configuration=Configuration,
    trains=lambda c: [rule_spec(bits, c) for bits in c.informations],
    reads=read_bounds,
    setting=SETTING,
    claims=CLAIMS,
    figures=bound_figures,
    tables=bound_tables,
    remarks=bound_remarks,
    minutes={"toy": 0.3, "quick": 1.6, "paper": 6.1},
)
