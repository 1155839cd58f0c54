"""What a search varies: one child run of a study, with some of its parameters set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import NetworkEstimator
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.reporting.scalars import scalar_names
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Group, spaced
from ib_mlflow.studies.searching.heats import in_heats
from ib_mlflow.studies.study import Study
from ib_mlflow.tuning import Objectives, Space

OF_THE_SEARCH = frozenset(StudyConfiguration.model_fields) - {"scale", "seed"}
"""Parameters of every study that are the search's own: where it runs, and how it is shown."""


@dataclass(frozen=True)
class Target:
    """A study of which a search computes one child run at each of its points.

    Arguments:
        load: finds a study by its name; a function at the top of a module.
        study: the study's name.
        given: parameters that are the same in every trial, as its command line takes them.
        setting: the name of the child run; empty where the study has only one.
        measured: about how many epochs are measured; 0 for those that the study measures.
        race: networks of a point that are trained before it is held against the best, seed by
            seed; 0 for all at once.
        deciding: networks that are trained after the trials, of points that may be best.
    """

    load: Callable[[str], Study[Any, Any]]
    study: str
    given: Mapping[str, str]
    setting: str = ""
    measured: int = 0
    race: int = 0
    deciding: int = 0

    def check(self, space: Space, objectives: Objectives) -> None:
        """Refuse a search that no trial of could be computed, before any is.

        Arguments:
            space: that is searched.
            objectives: what for.

        Raises:
            ConfigurationError: a parameter or a result is unknown, a parameter stands in two
                places, or the point in the middle of the space is refused by the study.
        """
        fields = self.load(self.study).configuration.model_fields
        space.known([name for name in fields if name not in OF_THE_SEARCH])
        both = sorted(set(space.names) & set(self.given))
        if both:
            raise ConfigurationError(
                "a parameter is searched or given",
                received=f"{both[0]} in both",
                fix="Take it out of one.",
            )
        middle = self.spec("middle", space.read(space.at([0.5] * len(space.names))))
        objectives.known(scalar_names(_layers(middle), bounded=_noisy(middle)))
        count = len(only_group(middle).seeds)
        if self.deciding and (objectives.several or count < 2):
            raise ConfigurationError(
                "networks decide where there is one objective, and two of them a point",
                received=f"{objectives} and {count} networks a point",
                fix="Give one objective and members=2 or more, or leave deciding out.",
            )

    def spec(self, name: str, parameters: Mapping[str, str]) -> EnsembleSpec:
        """What is trained at a point.

        Arguments:
            name: of the trial.
            parameters: the point, as the study's command line takes it.

        Returns:
            An ensemble of one group, the trial's child run.

        Raises:
            ConfigurationError: the study refuses the point, trains nothing, or has several child
                runs of which none was named.
        """
        study = self.load(self.study)
        values = {**self.given, **parameters}
        words = [word for pair in values.items() for word in (f"--{pair[0]}", pair[1])]
        specs = study.trains(study.configuration.parse(words))
        groups = {group.name: (spec, group) for spec in specs for group in spec.groups}
        spec, group = groups[self._name(list(groups))]
        trial = replace(group, name=name, parameters={**group.parameters, **parameters})
        schedule = spaced(spec.schedule.last, self.measured) if self.measured else spec.schedule
        return replace(spec, name=name, groups=(trial,), schedule=schedule)

    def heats(self, name: str, parameters: Mapping[str, str]) -> list[EnsembleSpec]:
        """What is trained at a point, one after the other; arguments as of `spec`."""
        return in_heats(self.spec(name, parameters), self.race)

    def _name(self, names: list[str]) -> str:
        if not names:
            raise ConfigurationError(
                "a study that is tuned trains networks",
                received=self.study,
                fix="Take one whose child runs are trainings; tune_decoder tunes decoders.",
            )
        if self.setting in names or (not self.setting and len(names) == 1):
            return self.setting or names[0]
        raise ConfigurationError(
            "a trial is one child run of the study",
            received=f"setting={self.setting or 'none'}, and {len(names)} child runs",
            fix=f"Choose setting={' or setting='.join(repr(name) for name in names[:6])}.",
        )


def only_group(spec: EnsembleSpec) -> Group:
    """The group of a trial's ensemble."""
    (group,) = spec.groups
    return group


def _layers(spec: EnsembleSpec) -> tuple[int, ...]:
    group = only_group(spec)
    if group.layers is not None:
        return group.layers
    hidden = spec.hidden_layers
    return hidden if _noisy(spec) else (*hidden, len(hidden) + 1)


def _noisy(spec: EnsembleSpec) -> bool:
    return isinstance(only_group(spec).estimator(PLANE), NetworkEstimator)
