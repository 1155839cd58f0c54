"""What a search varies: one child run of a study, with some of its parameters set."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.information import NetworkEstimator
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.fields import as_text, is_list
from ib_mlflow.studies.reporting.scalars import scalar_names
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.groups import PLANE, Group, spaced
from ib_mlflow.studies.searching.heats import check_seeds, in_heats
from ib_mlflow.studies.study import Study
from ib_mlflow.tuning import Objectives, Space
from ib_mlflow.tuning.edges import at_edges

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
        takes_setting: whether who searches may name the child run.
    """

    load: Callable[[str], Study[Any, Any]]
    study: str
    given: Mapping[str, str]
    setting: str = ""
    measured: int = 0
    race: int = 0
    deciding: int = 0
    takes_setting: bool = True

    def check(self, space: Space, objectives: Objectives, pruner: str = "none") -> None:
        """Refuse a search that no trial of could be computed, before any is.

        Arguments:
            space: that is searched.
            objectives: what for.
            pruner: that may stop its trials.

        Raises:
            ConfigurationError: a parameter or a result is unknown, a parameter stands in two
                places, a choice or an end of a range is refused by the study, or the pruner could
                stop no trial.
        """
        self._check_names(space)
        both = sorted(set(space.names) & set(self.given))
        if both:
            raise ConfigurationError(
                "a parameter is searched or given",
                received=f"{both[0]} in both",
                fix="Take it out of one.",
            )
        specs = at_edges(space, partial(self.spec, "checked"))
        for spec in specs:
            objectives.known(scalar_names(_layers(spec), bounded=_noisy(spec)))
        if pruner == "wilcoxon":
            check_seeds([only_group(spec).seeds for spec in specs], self.race)
        # It is asked between the epoch before training and the last one.
        if pruner != "none" and not self.race and all(len(s.schedule.epochs) < 3 for s in specs):
            raise ConfigurationError(
                f"pruner={pruner} is asked at measured epochs before the last",
                received=f"epochs {' and '.join(map(str, specs[0].schedule.epochs))} alone",
                fix="Measure more epochs, or take pruner=none.",
            )
        count = min(len(only_group(spec).seeds) for spec in specs)
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
        values = {**self.given, **parameters}
        groups = self._groups(values)
        if not groups:
            raise self._trains_nothing()
        child = self.setting if self.setting or len(groups) > 1 else next(iter(groups))
        if child not in groups:
            raise self._several(list(groups), values)
        spec, group = groups[child]
        trial = replace(group, name=name, parameters={**group.parameters, **parameters})
        schedule = spaced(spec.schedule.last, self.measured) if self.measured else spec.schedule
        return replace(spec, name=name, groups=(trial,), schedule=schedule)

    def heats(self, name: str, parameters: Mapping[str, str]) -> list[EnsembleSpec]:
        """What is trained at a point, one after the other; arguments as of `spec`."""
        return in_heats(self.spec(name, parameters), self.race)

    def _check_names(self, space: Space) -> None:
        """Refuse parameters that the study does not have; first, a study that is not tuned."""
        fields = self.load(self.study).configuration.model_fields
        try:
            space.known([name for name in fields if name not in OF_THE_SEARCH])
        except ConfigurationError:
            if not self._groups(self.given):
                raise self._trains_nothing() from None
            raise

    def _configuration(self, values: Mapping[str, str]) -> Any:
        words = [word for pair in values.items() for word in (f"--{pair[0]}", pair[1])]
        return self.load(self.study).configuration.parse(words)

    def _groups(self, values: Mapping[str, str]) -> dict[str, tuple[EnsembleSpec, Group]]:
        """The child runs of the study with some parameters, by name."""
        specs = self.load(self.study).trains(self._configuration(values))
        return {group.name: (spec, group) for spec in specs for group in spec.groups}

    def _trains_nothing(self) -> ConfigurationError:
        return ConfigurationError(
            "a study that is tuned trains networks",
            received=self.study,
            fix="Take one whose child runs are trainings; tune_decoder tunes decoders.",
        )

    def _several(self, names: list[str], values: Mapping[str, str]) -> ConfigurationError:
        """What is said of a study with several child runs, and how it has one."""
        lists = self._lists(len(names), values)
        ways = [f"search or give one value of {' and '.join(lists)}"] if lists else []
        if self.takes_setting and len(names) > 1:
            settings = " or setting=".join(repr(name) for name in names[:6])
            ways.append(f"choose setting={settings}")
        elif self.takes_setting:
            ways.append("leave setting out")
        elif not lists:
            ways.append("give parameters that leave one")
        received = f"{len(names)} child run{'s' * (len(names) > 1)}"
        if self.takes_setting:
            received = f"setting={self.setting or 'none'}, and {received}"
        fix = ", or ".join(ways)
        return ConfigurationError(
            "a trial is one child run of the study",
            received=received,
            fix=f"{fix[0].upper()}{fix[1:]}.",
        )

    def _lists(self, count: int, values: Mapping[str, str]) -> list[str]:
        """The parameters with several values of which one alone makes fewer child runs."""
        configuration = self._configuration(values)
        lists = {
            name: as_text(getattr(configuration, name)[0])
            for name, field in type(configuration).model_fields.items()
            if is_list(field) and name not in OF_THE_SEARCH
        }
        found = []
        for name, first in lists.items():
            # One value may not suit the others that the study has several of, as a layer's.
            with suppress(ConfigurationError):
                if len(self._groups({**values, name: first})) < count:
                    found.append(name)
        return found


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
