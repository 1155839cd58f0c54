"""What is read of ensembles side by side whose times are said to scale with a setting.

Reference:
    On the Information Bottleneck Theory of Deep Learning, slides "Advantage of More Layers" and
    "Role of the Batch Size".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic

import numpy as np
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.configuration import LearningConfiguration
from ib_mlflow.studies.judging.powers import Step, Times, median_text, power_law
from ib_mlflow.studies.reporting.ensembles import C_co, Ensembles
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.reporting.planes import plane_tables
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.training import TrainedGroup

BINNED = (
    "I(X;T) is H(Bin T), the entropy of the binned activations: the networks are deterministic, "
    "so that what falls is how many cells of this size a layer occupies, and not what is truly "
    "known of the input."
)


@dataclass(frozen=True, eq=False)
class Scaling(Generic[C_co]):
    """Times of all networks by a setting, and the ensembles that they were read from.

    Arguments:
        ensembles: the trained ensembles, one a setting.
        times: what was read.
    """

    ensembles: Ensembles[C_co]
    times: Sequence[Times]

    @property
    def configuration(self) -> C_co:
        """The study's parameters."""
        return self.ensembles.configuration

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on."""
        return self.ensembles.evidence


def by_setting(groups: Iterable[TrainedGroup], parameter: str) -> dict[float, TrainedGroup]:
    """The groups by what tells their child runs apart, ascending.

    Arguments:
        groups: one a setting.
        parameter: a number among the parameters of each.
    """
    settings = {float(str(group.group.parameters[parameter])): group for group in groups}
    return {setting: settings[setting] for setting in sorted(settings)}


def steps(readings: Scaling[LearningConfiguration]) -> list[Step]:
    """Each setting beside the next larger, where some networks have the time at both."""
    every = (step for times in readings.times for step in times.steps)
    return [step for step in every if step.known.any()]


def scaling_tables(readings: Scaling[LearningConfiguration]) -> dict[str, Table]:
    """Each time by setting with its power law, and where every group's layers end."""
    tables = {
        f"{times.title[0].upper()}{times.title[1:]}": time_table(times) for times in readings.times
    }
    return tables | plane_tables(readings.ensembles.planes)


def time_table(times: Times) -> Table:
    """The median time at each setting, and how many networks had it within training.

    Arguments:
        times: by setting.

    Returns:
        A row a setting, and the exponent of the power law in the last.
    """
    law = power_law(times)
    rows: list[tuple[object, ...]] = [
        (
            f"{setting:g}",
            median_text(values),
            f"{int(np.isfinite(values).sum())} of {values.size}",
            f"{int(np.isinf(values).sum())}",
            f"{int(np.isnan(values).sum())}",
        )
        for setting in times.settings
        for values in [times.by_setting[setting]]
    ]
    exponent = "–" if np.isnan(law.exponent.value) else law.exponent.text(digits=2)
    rows.append(("exponent", exponent, "", "", ""))
    return Table(
        [times.setting, f"median [{times.unit}]", "within training", "beyond it", "without"], rows
    )


def scaling_figures(readings: Scaling[LearningConfiguration]) -> dict[str, Figure]:
    """Each time against its setting, with its power law."""
    return {
        f"{file_name(times.title)}.png": figures.scaling(
            times.by_setting, label=times.title, setting=times.setting, power=power_of(times)
        )
        for times in readings.times
    }


def power_of(times: Times) -> figures.Power | None:
    """The power law of a time as it is drawn; None where none was fitted."""
    law = power_law(times)
    if np.isnan(law.exponent.value):
        return None
    words = f"exponent {law.exponent.text(digits=2)}"
    return figures.Power(law.exponent.value, law.factor, law.settings, words)
