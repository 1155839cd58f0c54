"""The one way a study runs, and how its mistakes end."""

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies import study as module
from ib_mlflow.studies.configuration import LearningConfiguration, StudyConfiguration
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.margins import TIGHT
from ib_mlflow.studies.judging.shares import most_beyond
from ib_mlflow.studies.judging.verdicts import rises
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.reporting.farewell import farewell
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.running.runner import Runner
from ib_mlflow.studies.study import Study, enter


@dataclass(frozen=True)
class Numbers:
    configuration: StudyConfiguration
    numbers: tuple[float, ...]
    evidence: Evidence = field(
        default_factory=lambda: Evidence("5 numbers were read", over="numbers")
    )


def refused(*_):
    raise AssertionError("the study has begun")


STUDY = Study(
    title="Numbers",
    question="Are they positive?",
    paper="A paper",
    configuration=StudyConfiguration,
    reads=lambda _, configuration, trained: Numbers(configuration, (1.0, 1.1, 1.2, 1.05, 1.15)),
    claims=[Claim("they are", "Sec. 1", lambda of: rises(of.numbers))],
    tables=lambda readings: {"The numbers": Table(["n"], [(len(readings.numbers),)])},
    remarks=lambda _: ["They are few."],
    minutes={"toy": 0.5},
)


class Written:
    """A study's run that keeps what is written."""

    ui_command = "mlflow ui --backend-store-uri postgresql://bob@h/db"
    ui_secret = "PGPASSWORD"
    address = "http://127.0.0.1:5000/#/experiments/0/runs/a"

    def __init__(self):
        self.texts, self.metrics, self.tags, self.description = {}, {}, {}, ""

    def log_tags(self, values):
        self.tags |= values

    def artifact_path(self, name):
        return f"/runs/{name}" if name in self.texts else None

    def log_text(self, text, name):
        self.texts[name] = text

    def log_metrics(self, metrics):
        self.metrics |= metrics

    def describe(self, text):
        self.description = text


def test_a_study_is_read_judged_and_concluded():
    written = Written()
    STUDY.run(Runner(written, SimpleNamespace(in_process=True)), StudyConfiguration(unit="bits"))
    report = written.texts["report.md"]
    assert report.startswith("# Numbers\n\n5 numbers were read, and 1 claim of *A paper*")
    assert "| they are | Sec. 1 | Mean 1.587 bits [" in report
    assert "**agrees**" in report
    assert "## The numbers\n\n| n |\n| --- |\n| 5 |" in report
    assert "- They are few." in report
    assert written.tags["claims.agrees"] == "1"
    found, _, summary = written.description.partition("\n\n")
    assert found.startswith("they are: **agrees**. Mean 1.587 bits [")
    assert summary in report


def test_a_toy_judges_nothing_and_says_so_first():
    written = Written()
    configuration = StudyConfiguration(scale="toy")
    STUDY.run(Runner(written, SimpleNamespace(in_process=True)), configuration)
    report = written.texts["report.md"]
    assert report.splitlines()[0] == "# Numbers (toy: a smoke test, no claim is judged)"
    assert "they are" not in report
    assert not any("claims" in name for name in written.metrics)
    assert "5 numbers were read, to see that the study runs" in written.description


def test_thresholds_stand_in_a_report_that_judges_and_in_no_other():
    def judge(of):
        return most_beyond(of.numbers, TIGHT)

    study = replace(STUDY, claims=[Claim("they are", "Sec. 1", judge)])
    for scale, there in (("quick", True), ("toy", False)):
        written = Written()
        configuration = StudyConfiguration(scale=scale)
        study.run(Runner(written, SimpleNamespace(in_process=True)), configuration)
        report = written.texts["report.md"]
        assert ("## Thresholds" in report) == there
        assert (TIGHT.reason in report) == there
        assert "## The numbers" in report


def test_minutes_say_what_was_not_run():
    assert STUDY.minutes_text == "toy 0.5, quick not run, paper not run"


def test_several_processes_are_refused_before_anything_is_written(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SystemExit, match=r"a study is one process.*received 2 processes"):
        enter("study", replace(STUDY, reads=refused), [])
    assert list(tmp_path.iterdir()) == []


def test_a_device_that_is_not_here_is_refused_before_anything_is_written(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    with pytest.raises(SystemExit, match=r"device that torch finds on this machine.*cuda:99"):
        enter("study", replace(STUDY, reads=refused), ["--device", "cuda:99"])
    assert list(tmp_path.iterdir()) == []


def test_a_mistake_inside_a_study_is_one_line(monkeypatch):
    def wrong(*_):
        raise ConfigurationError("it must be right", received="wrong", fix="Right it.")

    monkeypatch.setattr(module, "open_study", lambda *_, **__: nullcontext(Written()))
    with pytest.raises(SystemExit, match=r"^study: it must be right; received wrong. Right it.$"):
        enter("study", replace(STUDY, reads=wrong), ["--scale", "toy"])


@pytest.mark.parametrize("uri", ["http://bob:{}@127.0.0.1:9", "postgresql://bob:{}@127.0.0.1:9/db"])
def test_a_store_that_is_not_there_is_one_line_without_its_password(
    monkeypatch, tmp_path, capfd, caplog, uri
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.format("S3cr3tPw"))
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(SystemExit, match=r"study: the tracking store must answer; .*Set ") as ended:
        enter("study", replace(STUDY, reads=refused), [])
    printed = "".join(capfd.readouterr()) + caplog.text + str(ended.value)
    assert "S3cr3tPw" not in printed
    assert "Traceback" not in printed


def test_the_last_lines_name_the_variable_of_a_password(monkeypatch, capsys):
    monkeypatch.setattr(module, "open_study", lambda *_, **__: nullcontext(Written()))
    enter("study", STUDY, [])
    assert "(the password is left out: PGPASSWORD must hold it there)" in capsys.readouterr().out


def test_the_last_words_are_findings_files_and_a_way_to_the_page():
    written = Written()
    runner = Runner(written, SimpleNamespace(in_process=True))
    findings = STUDY.run(runner, StudyConfiguration(unit="bits"))
    words = farewell("numbers", written, findings, "bits", smoke=False)
    assert "numbers has finished." in words
    assert "  agrees     they are\n" in words
    assert "Mean 1.587 bits [" in words
    assert "To read:\n  /runs/report.md\n" in words
    assert "(the password is left out: PGPASSWORD must hold it there)" in words
    assert words.endswith(f"\n  {written.address}")


def test_at_scale_toy_no_verdict_is_printed():
    written = Written()
    runner = Runner(written, SimpleNamespace(in_process=True))
    findings = STUDY.run(runner, StudyConfiguration(scale="toy"))
    words = farewell("numbers", written, findings, "nats", smoke=True)
    assert "toy: a smoke test, no claim is judged" in words
    assert all(finding.verdict not in words for finding in findings)
    assert all(finding.claim not in words for finding in findings)
    assert words.endswith(f"\n  {written.address}")


def test_what_trains_no_network_registers_none():
    configuration = LearningConfiguration(members=1, epochs=1, register_as="name")
    with pytest.raises(ConfigurationError, match="registered by a study that trains them"):
        STUDY.run(Runner(Written(), SimpleNamespace(in_process=True)), configuration)
