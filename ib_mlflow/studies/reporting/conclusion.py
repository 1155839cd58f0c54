"""What a study leaves on its own run: the table of all planes, the figures, the report."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.studies.configuration import LearningConfiguration, as_text
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import Finding, Verdict
from ib_mlflow.studies.reporting.report import Report, log_report
from ib_mlflow.studies.running.training import Trained
from ib_mlflow.tracking import StudyRun
from ib_mlflow.trajectory import Trajectory, compression, learning

REVISITING = "Revisiting the Information Plane"
BINNED = (
    "I(X;T) is H(Bin T), the entropy of the binned activations: the networks are deterministic, "
    "so that it tells how the activations cluster at this bin size, and not what is truly known "
    "of the input, which is H(X) throughout."
)


def conclude(
    study: StudyRun,
    trained: Sequence[Trained],
    *,
    title: str,
    findings: Sequence[Finding],
    tables: Mapping[str, str],
    chosen: LearningConfiguration,
    extra: Mapping[str, Figure] | None = None,
    paper: str = REVISITING,
    remarks: Sequence[str] = (BINNED,),
) -> None:
    """Write what a study found.

    Arguments:
        study: the study's run.
        trained: its networks.
        title: of the report.
        findings: the paper's claims, judged.
        tables: Markdown tables by heading.
        chosen: the study's parameters.
        extra: the study's own figures, by file name.
        paper: the paper whose claims they are.
        remarks: what a reader must know of the numbers.
    """
    planes = {name: plane for one in trained for name, plane in one.planes().items()}
    for one in trained:
        _log_child_results(one)
    drawn = {
        "information_plane.png": figures.information_plane(planes, unit=chosen.unit),
        "loss_accuracy.png": figures.loss_accuracy(_groups(trained), unit=chosen.unit),
        **(extra or {}),
    }
    for name, figure in drawn.items():
        study.log_figure(figure, name)
    study.log_text(
        figures.information_plane_html(planes, unit=chosen.unit), "information_plane.html"
    )
    log_table(study, planes)
    study.log_metrics(verdict_counts(findings))
    report = Report(
        title=title,
        summary=_summary(findings, trained, paper),
        setting={name: as_text(value) for name, value in chosen.model_dump().items()},
        findings=findings,
        tables=tables,
        remarks=[*remarks, *_remarks(trained, chosen)],
    )
    log_report(study, report)
    for task in {one.network.task.name: one.network.task for one in trained}.values():
        parts = {"training": task.train_set, "validation": task.validation_set}
        if task.measured is not task.train_set:
            parts["measured"] = task.measured
        for context, part in parts.items():
            study.log_dataset(
                part.name,
                digest=part.digest,
                source=part.source,
                context=context,
                profile={"rows": part.n, "inputs": part.m, "classes": part.c},
            )


def _groups(trained: Sequence[Trained]) -> dict[str, Trajectory]:
    """One plane for each group of members that were trained alike, by name."""
    groups: dict[str, Trajectory] = {}
    for one in trained:
        for view in one.network.views:
            name = one.network.name if view.members is None else view.name
            groups.setdefault(name, view.plane(one.trajectory))
    return groups


def _log_child_results(one: Trained) -> None:
    # In nats like its metrics: a child is shared by studies whose readers ask for other units.
    for name, plane in one.planes().items():
        notes = one.recording.child(name)
        notes.log_metrics(_scalars(plane))
        notes.log_figure(figures.information_plane({name: plane}), "information_plane.png")
        notes.log_figure(figures.information_curves(plane), "information_curves.png")


def _scalars(plane: Trajectory) -> dict[str, float]:
    """End-of-run scalars for MLflow's comparison pages: means over the members."""
    last = plane.frame[plane.frame["epoch"] == plane.epochs[-1]]
    lost = compression(plane)
    ends = learning(plane)
    ends = ends[ends["epoch"] == plane.epochs[-1]]
    found = {
        f"summary/{quantity}": float(ends[column].mean())
        for quantity, column in {
            "val_accuracy": "val_accuracy",
            "train_accuracy": "train_accuracy",
            "val_loss_nats": "val_loss",
            "train_loss_nats": "train_loss",
        }.items()
    }
    for layer in plane.layers:
        here = last[last["layer"] == layer]
        found[f"summary/i_x_nats.layer_{layer}"] = float(here["i_x"].mean())
        found[f"summary/i_y_nats.layer_{layer}"] = float(here["i_y"].mean())
        found[f"summary/compression_nats.layer_{layer}"] = float(
            lost[lost["layer"] == layer]["compression"].mean()
        )
    return found


def verdict_counts(findings: Sequence[Finding]) -> dict[str, float]:
    """How many claims agree, disagree, and are undecided, for MLflow's comparison pages."""
    verdicts = [finding.verdict for finding in findings]
    return {
        f"summary/claims_{verdict}": float(verdicts.count(verdict))
        for verdict in ("agrees", "disagrees", "undecided")
    }


def log_table(study: StudyRun, planes: Mapping[str, Trajectory]) -> None:
    """Save all planes as one tidy table: a trajectory's columns behind the name of the run."""
    parts = [plane.frame.assign(run=name) for name, plane in planes.items()]
    table = pd.concat(parts, ignore_index=True)
    table = table[["run", *table.columns.drop("run")]]
    table.attrs["unit"] = "nats"

    def write(path: Path) -> None:
        table.to_parquet(path, index=False, compression="zstd")

    study.artifacts.put("trajectory.parquet", write)


def in_words(findings: Sequence[Finding]) -> str:
    """How many claims agree, disagree, and are undecided, in words.

    Example:
        >>> in_words([Finding("Layers compress", "Fig. 1", "In 3 of 3.", "agrees")])
        '1 agree, 0 disagree, 0 are undecided'
    """
    verdicts = [finding.verdict for finding in findings]
    words: dict[Verdict, str] = {
        "agrees": "agree",
        "disagrees": "disagree",
        "undecided": "are undecided",
    }
    return ", ".join(f"{verdicts.count(verdict)} {word}" for verdict, word in words.items())


def _summary(findings: Sequence[Finding], trained: Sequence[Trained], paper: str) -> str:
    networks = sum(len(one.trajectory.members) for one in trained)
    accuracies = "; ".join(
        f"{name} {_final_accuracy(plane)}" for name, plane in _groups(trained).items()
    )
    return (
        f"{networks} networks were trained and {len(findings)} claims of *{paper}* "
        f"were judged over them: {in_words(findings)}. A claim agrees where the whole 95 % "
        "interval over the networks is on its side, disagrees where the whole interval is on the "
        f"other, and is undecided otherwise.\n\nValidation accuracy at the end: {accuracies}."
    )


def _final_accuracy(trajectory: Trajectory) -> str:
    learnt = learning(trajectory)
    last = learnt[learnt["epoch"] == trajectory.epochs[-1]]
    return mean(last["val_accuracy"]).text(digits=4)


def _remarks(trained: Sequence[Trained], chosen: LearningConfiguration) -> list[str]:
    remarks = [chosen.on_learning_rate]
    for one in trained:
        frame = one.trajectory.frame
        last = frame[frame["epoch"] == one.trajectory.epochs[-1]]
        lost = int(last.groupby("member")["train_loss"].first().isna().sum())
        stuck = int((last.groupby("member")["train_accuracy"].first() < _chance(one) + 0.02).sum())
        full = last["saturated"] & (last["estimator"] == "binned")
        ceiling = sorted(last[full]["layer"].unique())
        of_all = f"of {len(one.trajectory.members)} networks"
        if lost:
            remarks.append(f"{one.network.name}: {lost} {of_all} diverged and are left out.")
        if stuck:
            remarks.append(
                f"{one.network.name}: {stuck} {of_all} ended at chance level (dead units); they "
                "are counted like the others."
            )
        if ceiling:
            layers = ", ".join(str(layer) for layer in ceiling)
            remarks.append(
                f"{one.network.name}: layers {layers} end within 1 % of ln n in some networks; "
                "there the estimate tells the number of rows and nothing of the layer."
            )
    return remarks


def _chance(one: Trained) -> float:
    """The accuracy of always naming the most frequent class of the training set."""
    labels = one.network.task.train_set.labels
    return float(np.bincount(labels).max() / labels.size)
