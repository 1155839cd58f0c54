"""Trials trained as one ensemble, and kept each as if it had been trained by itself.

A batch is nothing that lasts: every trial has child runs, an identity and checkpoints of its own,
from which it goes on in another batch, or alone. Where the engine computes each member by itself
(compiled kernels, convolutional networks on a CPU) its numbers are the same bit for bit.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.execution.progress import progress
from ib_mlflow.networks import Ensemble
from ib_mlflow.studies.reporting.scalars import member_scalars
from ib_mlflow.studies.running.ensembles import EnsembleSpec
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.studies.searching.places import BatchEpoch, Place
from ib_mlflow.studies.searching.targets import only_group
from ib_mlflow.tracking import Stopped, StudyRun, canonical
from ib_mlflow.training import Snapshot, train
from ib_mlflow.training.membership import joined
from ib_mlflow.trajectory import Trajectory
from ib_mlflow.trajectory.members import Numbers

Stops = Callable[[int, Mapping[str, Trained]], Collection[str]]
"""Which trials stop: of an epoch, and of the trials that were measured at it by their names."""
Begins = Callable[[str, str], None]
"""What is done as a trial has its run: of its name and the run's id."""
Ends = Callable[["Outcome"], None]
"""What is done as a trial ends, before its runs do."""
OWN = ("learning_rate", "final_learning_rate", "momentum", "weight_decay", "orthonormality")
"""The arguments of `train` that are each member's own."""


@dataclass(frozen=True)
class Outcome:
    """What became of a trial.

    Arguments:
        spec: its ensemble.
        state: whether it was trained to its end, stopped before, or has failed.
        epoch: the last one that was recorded; -1 for none.
        trained: what was recorded; None where nothing was.
        error: why it failed.
    """

    spec: EnsembleSpec
    state: Literal["complete", "stopped", "failed"]
    epoch: int
    trained: Trained | None = None
    error: str = ""

    @cached_property
    def plane(self) -> Trajectory:
        """Its information plane, of an outcome with something recorded."""
        assert self.trained is not None, f"nothing was recorded of {self.spec.name}"
        return self.spec.plane(self.trained.trajectory, only_group(self.spec))

    @cached_property
    def scalars(self) -> dict[str, Numbers]:
        """By name what every network came to, (e,); of an outcome with something recorded."""
        return member_scalars(self.plane)


def run_batch(
    study: StudyRun,
    specs: Sequence[EnsembleSpec],
    *,
    begins: Begins = lambda *_: None,
    stops: Stops | None = None,
    ends: Ends = lambda _: None,
) -> list[Outcome]:
    """Train trials together as far as they can be, and record each in child runs of its own.

    Trials that differ in more than what members may differ in (seeds and with them the order of
    batches, noise, learning rate, momentum, weight decay, orthonormality) are trained one ensemble
    after the other, as are those that go on from other epochs. A trial whose members have all
    diverged fails, and the others go on.

    Arguments:
        study: the study's run.
        specs: the trials' ensembles, of names of their own.
        begins: called as a trial has its run, before any is trained.
        stops: asked after each measured epoch; the trials that it names leave the ensemble. Their
            runs end as KILLED, for whoever asks for the same networks goes on from there. None
            where all go on.
        ends: called as a trial ends, before its runs do, with its outcome; what it says by
            `Recording.summarise` is written with the trial's curves.

    Returns:
        What became of each, in their order; those that were finished earlier are read back.

    Raises:
        ConfigurationError: two trials have one name, or one has labels of its own.
        TrackingError: another live process computes one of them.

    Example:
        >>> outcomes = run_batch(study, [spec_of(rate) for rate in rates])  # doctest: +SKIP
    """
    names = [spec.name for spec in specs]
    if len(set(names)) < len(names) or any(spec.labels is not None for spec in specs):
        raise ConfigurationError(
            "the trials of a batch have names of their own, and learn the labels of their task",
            received=", ".join(names),
            fix="Name each by its number, and train those with random labels by themselves.",
        )
    places: dict[str, Place] = {}
    try:
        for spec in specs:
            place = places[spec.name] = Place(study, spec)
            begins(spec.name, place.recording.child(spec.name).run_id)
        outcomes: dict[str, Outcome] = {}
        for together in _ensembles(places):
            for outcome in _learn(together, stops, ends):
                outcomes[outcome.spec.name] = outcome
    except BaseException as error:
        for place in places.values():
            place.abandon(error)
        raise
    return [outcomes[name] for name in names]


def _ensembles(places: Mapping[str, Place]) -> Iterator[list[Place]]:
    """The trials that are trained together: alike, and at the same epoch."""
    alike: dict[str, list[Place]] = {}
    for place in places.values():
        key = canonical({"kind": _kind(place.spec), "epoch": place.epoch})
        finished = place.recording.finished
        alike.setdefault(f"finished {place.spec.name}" if finished else key, []).append(place)
    yield from alike.values()


def _kind(spec: EnsembleSpec) -> dict[str, object]:
    """What the ensembles of trials have in common that are trained as one."""
    kind = spec.identity()
    own = dict.fromkeys(OWN)
    differs: dict[str, object] = {
        "members": None,
        "descent": spec.descent.identity() | own,
        "falls": spec.descent.final_learning_rate is not None,
        # Networks without noise have no layers of it.
        "noisy": any(condition.beta for condition, _ in spec.members),
    }
    return {**kind, **differs}


def _learn(places: list[Place], stops: Stops | None, ends: Ends) -> Iterator[Outcome]:
    if places[0].recording.finished:
        (place,) = places
        trained = place.trained
        outcome = Outcome(place.spec, "complete", trained.trajectory.epochs[-1], trained)
        ends(outcome)
        place.conclude()
        yield outcome
        return
    last = places[0].spec.schedule.last
    with progress(last, f"{len(places)} trials", "epoch") as bar:
        while places:
            for snapshot in _snapshots(places):
                bar.reach(snapshot.epoch, trials=str(len(places)))
                leaving = []
                for place, outcome, reason in _after(snapshot, places, stops):
                    ends(outcome)
                    place.abandon(reason)
                    leaving.append(outcome)
                yield from leaving
                if leaving:
                    left = {outcome.spec.name for outcome in leaving}
                    places = [place for place in places if place.spec.name not in left]
                    break
            else:
                for place in places:
                    outcome = Outcome(place.spec, "complete", last, place.trained)
                    ends(outcome)
                    place.conclude()
                    yield outcome
                return


def _after(
    snapshot: Snapshot, places: list[Place], stops: Stops | None
) -> Iterator[tuple[Place, Outcome, Exception]]:
    """Record an epoch of every trial, and tell those that have failed or are to stop, and why."""
    first, going = 0, {}
    epoch = BatchEpoch.of(snapshot, [place.spec for place in places])
    for place in places:
        members = range(first, first + len(place.spec.members))
        first = members.stop
        place.log(epoch, members)
        if not snapshot.diverged[members].all():
            going[place.spec.name] = place
            continue
        error = ConfigurationError(
            "one network or more must go on learning",
            received=f"{len(place.spec.members)} that have all diverged by epoch {snapshot.epoch}",
            fix=f"Choose a learning_rate below {place.spec.descent.learning_rate:g}.",
        )
        outcome = Outcome(place.spec, "failed", snapshot.epoch, place.trained, str(error))
        yield place, outcome, error
    if stops is None or not going or snapshot.epoch == places[0].spec.schedule.last:
        return
    stopped = stops(snapshot.epoch, {name: place.trained for name, place in going.items()})
    for name in stopped:
        place = going[name]
        reason = Stopped(f"{name} was stopped at epoch {snapshot.epoch}")
        yield place, Outcome(place.spec, "stopped", snapshot.epoch, place.trained), reason


def _snapshots(places: Sequence[Place]) -> Iterator[Snapshot]:
    """Train the members of all trials as one ensemble, from where they stand."""
    specs = [place.spec for place in places]
    states = [place.checkpoint for place in places if place.checkpoint is not None]
    task = specs[0].task
    return train(
        _together(specs),
        task.train_set,
        specs[0].schedule,
        validation=task.validation_set,
        resume=joined(states) if states else None,
        **_training(specs),
    )


def _together(specs: Sequence[EnsembleSpec]) -> Ensemble:
    members = [member for spec in specs for member in spec.members]
    ensemble: Ensemble = specs[0].build(
        seeds=tuple(seed for _, seed in members),
        beta=[condition.beta for condition, _ in members],
        device=specs[0].device,
    )
    return ensemble


def _training(specs: Sequence[EnsembleSpec]) -> dict[str, Any]:
    arguments = [spec.training() for spec in specs]
    whole = dict(arguments[0])
    for name in OWN:
        if whole[name] is not None:
            whole[name] = np.concatenate(
                [
                    np.broadcast_to(argument[name], len(spec.members))
                    for argument, spec in zip(arguments, specs, strict=True)
                ]
            )
    return whole
