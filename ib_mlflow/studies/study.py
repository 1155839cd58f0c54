"""A study as data, and the one way it runs."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import torch
from matplotlib.figure import Figure

from ib_mlflow.errors import ConfigurationError, IBError
from ib_mlflow.networks.members import checked_device
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.embedded import parse_at_hand
from ib_mlflow.studies.forecast import Work, forecast
from ib_mlflow.studies.interruptions import announced
from ib_mlflow.studies.judging.claims import Claim, Finding
from ib_mlflow.studies.judging.settings import Setting, differences, filed
from ib_mlflow.studies.naming import title_of
from ib_mlflow.studies.reporting.conclusion import Presentation, conclude
from ib_mlflow.studies.reporting.evidence import Readings
from ib_mlflow.studies.reporting.farewell import farewell
from ib_mlflow.studies.reporting.report import file_name
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.reporting.thresholds import thresholds_table
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.runner import Runner, executor_of
from ib_mlflow.studies.running.training import Trained, run_ensemble
from ib_mlflow.tracking import open_study
from ib_mlflow.tracking.notes import leave_note
from ib_mlflow.tracking.registry import check_name
from ib_mlflow.tracking.withdrawal import withdraw

C = TypeVar("C", bound=StudyConfiguration)
R = TypeVar("R", bound=Readings)
EXPERIMENT = "ib_mlflow"
"""Where the runs of studies go, unless the user has chosen an experiment."""
SCALES = ("toy", "quick", "paper")


@dataclass(frozen=True)
class Study(Generic[C, R]):
    """One study: its question, what it trains and reads, and the claims that it judges.

    Arguments:
        title: of its report.
        question: what it asks, in a sentence.
        paper: the title of the paper whose claims it judges; empty where they are its own.
        configuration: the model of its parameters.
        reads: what is read from its run and ensembles, once, for claims, figures and tables alike.
        claims: the paper's sentences, in the order of the report.
        setting: the values of parameters with which the paper's figures were made; what is judged
            of others is beyond the paper.
        trains: the ensembles it trains; none for a study whose `reads` computes something else.
        figures: its own figures, by file name.
        tables: the report's tables, by heading.
        remarks: what a reader must know of the numbers.
        minutes: of processor time that it was seen to take, by scale; a scale that is missing was
            not run.
        works: the networks it would fit, for `plan=true` of studies that have it.
        checks: refuses what cannot be begun and shows in neither `works` nor `trains`, before
            there is a run.
    """

    title: str
    question: str
    paper: str
    configuration: type[C]
    reads: Callable[[Runner, C, Sequence[Trained]], R]
    claims: Sequence[Claim[R, Any]]
    setting: Setting = field(default_factory=dict)
    trains: Callable[[C], Sequence[EnsembleSpec]] = lambda _: ()
    figures: Callable[[R], Mapping[str, Figure]] = lambda _: {}
    tables: Callable[[R], Mapping[str, Table]] = lambda _: {}
    remarks: Callable[[R], Sequence[str]] = lambda _: ()
    minutes: Mapping[str, float] = field(default_factory=dict)
    works: Callable[[C], Sequence[Work]] | None = None
    checks: Callable[[C], None] = lambda _: None

    def run(self, runner: Runner, configuration: C, notice: str = "") -> list[Finding]:
        """Train, read, judge, draw and conclude, inside the study's run.

        Arguments:
            runner: the study's run, and the processes that its children are spread over.
            configuration: its parameters.
            notice: what a reader must know before all of the report's remarks.

        Returns:
            The claims, judged.

        Raises:
            ConfigurationError: networks are to be registered of a study that trains none itself.
        """
        specs, registered = self.trains(configuration), _registered(configuration)
        if registered and not specs:
            raise ConfigurationError(
                "networks are registered by a study that trains them as ensembles of its own",
                received=f"register_as={registered}",
                fix="Leave it out.",
            )
        trained = runner.spread(run_ensemble, specs)
        readings = self.reads(runner, configuration, trained)
        judged = [(claim.judge, claim.findings(readings)) for claim in self.claims]
        found = [finding for _, findings in judged for finding in findings]
        findings = list(filed(found, self.setting, configuration))
        # Where nothing is judged no threshold decides.
        deciding = () if configuration.smoke else [by for by, of in judged if of]
        presentation = Presentation(
            self.title,
            self.paper,
            {**self.tables(readings), **thresholds_table(deciding)},
            self.figures(readings),
            [*([notice] if notice else []), *self.remarks(readings)],
            differences(self.setting, configuration),
        )
        conclude(runner.study, readings, findings, presentation)
        for each in trained if registered else ():
            several = len(trained) > 1
            each.register(f"{registered}-{file_name(each.name)}" if several else registered)
        return findings

    @property
    def minutes_text(self) -> str:
        """The minutes of processor time at each scale, in words."""
        return ", ".join(
            f"{scale} {self.minutes[scale]:g}" if scale in self.minutes else f"{scale} not run"
            for scale in SCALES
        )


def enter(name: str, study: Study[Any, Any], arguments: Sequence[str]) -> None:
    """Run a study from its command line; a mistake of the user's ends it with one line.

    Arguments:
        name: the study, as its entry point is called.
        study: the study.
        arguments: its parameters, as `--name value` pairs.
    """
    # Small tensors: torch's own threads cost more than they gain, the compiled kernels have theirs.
    torch.set_num_threads(1)
    try:
        _check_alone()
        with announced(name):
            configuration, notice = _parsed(study, arguments)
        if notice:
            print(f"{name}: {notice}", flush=True)
        with announced(name):
            works = _works(study, configuration)
            text = _planned(name, works, configuration) if _is_plan(configuration) else ""
        if text:
            print(text, flush=True)
            return
        # Whether a cluster answers, and what memory cannot hold, shows before there is a run.
        with _withdrawn():
            executor = executor_of(configuration)
        with announced(name):
            study = _laid_out(study, configuration)
        with (
            announced(name, begins_anew=configuration.fresh),
            open_study(
                name,
                configuration.model_dump(exclude={"workers", "cluster", "plan"}),
                fresh=configuration.fresh,
                title=title_of(name, configuration),
                experiment=EXPERIMENT,
            ) as run,
            executor,
        ):
            findings = study.run(Runner(run, executor), configuration, notice)
            words = farewell(name, run, findings, configuration.unit, smoke=configuration.smoke)
            print(words, flush=True)
    except IBError as error:
        sys.exit(f"{name}: {error}")


def _parsed(study: Study[Any, Any], arguments: Sequence[str]) -> tuple[Any, str]:
    try:
        return parse_at_hand(study.configuration, arguments)
    except ConfigurationError:
        # A typo leaves no run behind.
        withdraw()
        raise


def _is_plan(configuration: Any) -> bool:
    return bool(getattr(configuration, "plan", False))


def _works(study: Study[Any, Any], configuration: Any) -> Sequence[Work]:
    """What a study would fit: data that cannot be read and networks that do not fit show here."""
    with _withdrawn():
        return [] if study.works is None else study.works(configuration)


def _laid_out(study: Study[Any, Any], configuration: Any) -> Study[Any, Any]:
    """The study with what it trains at hand, and nothing that stands against it."""
    with _withdrawn():
        _registered(configuration)
        if configuration.cluster == "none":
            checked_device(configuration.device)
        study.checks(configuration)
        specs = study.trains(configuration)
    return replace(study, trains=lambda _: specs)


@contextmanager
def _withdrawn() -> Iterator[None]:
    """As of a typo: what cannot be begun leaves no run behind."""
    try:
        yield
    except IBError:
        withdraw()
        raise


def _planned(name: str, works: Sequence[Work], configuration: Any) -> str:
    """What a study would take; the run that `mlflow run` has made holds these words alone."""
    with _withdrawn():
        text = forecast(name, configuration.device, works).text()
    leave_note(f"{name}: plan", text)
    return text


def _registered(configuration: StudyConfiguration) -> str:
    name = str(getattr(configuration, "register_as", "none"))
    if name == "none":
        return ""
    check_name(name)
    return name


def _check_alone() -> None:
    processes = os.environ.get("WORLD_SIZE", "1")
    if processes != "1":
        raise ConfigurationError(
            "a study is one process, since each would write a run of its own",
            received=f"{processes} processes of torchrun",
            fix="Start it without torchrun: workers=2 spreads its child runs over processes.",
        )
