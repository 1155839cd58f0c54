import re
from dataclasses import dataclass, replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from ib_mlflow.data.files import DIFFERS
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.judging.claims import Finding
from ib_mlflow.studies.reporting.conclusion import Presentation, conclude
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import nats

FINDINGS = [
    Finding("Layers compress", "Fig. 1", "agrees", ("Lost ", nats(0.6931472), ".")),
    Finding("Layers expand", "Fig. 2", "undecided", ("In 3 of 6.",)),
]


@dataclass
class Read:
    configuration: StudyConfiguration
    evidence: Evidence


class Artifacts:
    def __init__(self, folder):
        self.folder = folder

    def put(self, name, write):
        write(self.folder / name)


class Run:
    """A study's run that keeps what is written."""

    def __init__(self, folder):
        self.figures, self.texts, self.metrics, self.datasets = {}, {}, {}, []
        self.description, self.artifacts = "", Artifacts(folder)
        self.images, self.tags = [], {}

    def log_image(self, image, key, step):
        self.images.append((key, step))

    def log_tags(self, values):
        self.tags |= values

    def log_figure(self, figure, name):
        self.figures[name] = figure

    def log_text(self, text, name):
        self.texts[name] = text

    def log_metrics(self, metrics):
        self.metrics |= metrics

    def describe(self, text):
        self.description = text

    def log_dataset(self, name, *, digest, source, context, profile):
        self.datasets.append((name, context, profile))


@pytest.fixture
def conclusion(tmp_path):
    """Concludes a study from its evidence."""

    def build(evidence, unit="nats", **more):
        run = Run(tmp_path)
        own = {"tables": {}, "figures": {}, "remarks": ()} | more
        presentation = Presentation("Bins", "A Paper", **own)
        conclude(run, Read(StudyConfiguration(unit=unit), evidence), FINDINGS, presentation)
        return run

    return build


def test_the_report_has_claims_tables_remarks_and_settings(conclusion):
    run = conclusion(
        Evidence("Ten networks were trained", closing="All is well.", remarks=["Of the evidence."]),
        unit="bits",
        tables={"The layers": Table(["a"], [(nats(0.6931472),)])},
        remarks=["Of the study."],
    )
    report = run.texts["report.md"]
    assert report.startswith("# Bins\n\nTen networks were trained, and 2 claims of *A Paper* were")
    assert "1 agrees, 0 disagree, 1 is undecided" in report
    assert "| Layers compress | Fig. 1 | Lost 1.000 bits. | **agrees** |" in report
    assert "## The layers\n\n| a |\n| --- |\n| 1.000 bits |" in report
    assert "- Of the study.\n- Of the evidence." in report
    assert "| unit | bits |" in report
    assert run.description.endswith("All is well.")
    first, _, rest = run.description.partition("\n\n")
    assert first == "Layers compress: **agrees**. Lost 1.000 bits."
    assert rest in report
    linked = set(re.findall(r"^- \[(.+)\]\(\1\)$", report, re.MULTILINE))
    assert linked == {
        *run.figures,
        *run.texts,
        *(path.name for path in run.artifacts.folder.iterdir()),
    } - {"report.md"}


def test_in_what_the_setting_is_not_the_papers_is_said_once_before_the_claims(conclusion):
    said = "Claims stand beyond the paper, whose setting is not shrunk=2, filters=16."
    other = conclusion(Evidence("Ten"), otherwise=["shrunk=2", "filters=16"])
    report = other.texts["report.md"]
    assert report.count(said) == 1
    assert report.index(said) < report.index("| claim |")
    assert "beyond the paper" not in conclusion(Evidence("Ten")).texts["report.md"]


def test_the_evidences_scalars_are_metrics_and_counts_of_verdicts_are_tags(conclusion):
    run = conclusion(Evidence("Ten", metrics={"summary/best_nats": 0.5}))
    assert run.metrics == {"summary/best_nats": 0.5}
    assert run.tags == {"claims.agrees": "1", "claims.disagrees": "0", "claims.undecided": "1"}


def test_what_the_claims_are_judged_over_is_said(conclusion):
    run = conclusion(Evidence("Ten numbers were computed", over="draws"))
    assert "were judged over the draws" in run.description
    assert "interval over them, or an exact test" in run.description


def test_without_planes_there_are_no_pictures_but_the_studys_own(conclusion):
    own = Figure()
    run = conclusion(Evidence("Ten"), figures={"own.png": own})
    assert run.figures == {"own.png": own}
    assert set(run.texts) == {"report.md"}


def test_planes_are_drawn_and_written(conclusion, curves_of, tmp_path):
    plane = curves_of([[[1.0, 2.0]] * 4], val_accuracy=[[0.5] * 4], val_loss=[[0.5] * 4])
    table = pd.DataFrame({"i_x": [1.0, 2.0]})
    run = conclusion(
        Evidence(
            "One", planes={"tanh": plane}, learning={"tanh": plane}, tables={"t.parquet": table}
        )
    )
    assert set(run.figures) == {"information_plane.png", "loss_accuracy.png"}
    # The plane under MLflow's slider of steps, at its first epoch and at its last among others.
    assert {key for key, _ in run.images} == {"information_plane"}
    assert {plane.epochs[0], plane.epochs[-1]} <= {step for _, step in run.images}
    assert '"a"' in run.texts["information_plane.html"]
    written = pd.read_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(written, table)
    assert written.attrs["unit"] == "nats"


def test_datasets_are_logged_with_their_use(conclusion, task):
    run = conclusion(Evidence("One", datasets=list(task.datasets)))
    profile = {"rows": 40, "inputs": 6, "classes": 2}
    assert run.datasets[0] == ("parity", "training", profile)
    assert [use for _, use, _ in run.datasets] == ["training", "validation"]


def test_data_that_are_not_the_official_ones_are_named_in_the_report_and_in_the_log(
    conclusion, task, caplog
):
    ((context, part), *_) = task.datasets
    other = replace(part, source=f"a in mnist; {DIFFERS}: a")
    run = conclusion(Evidence("One", datasets=[(context, other), (context, part)]))
    assert "The data `parity` are not the official ones: a in mnist" in run.texts["report.md"]
    assert len(caplog.messages) == 1
    assert "not the official ones" in caplog.text
