import math

import pytest

from ib_mlflow.studies.judging.claims import Finding
from ib_mlflow.studies.reporting.report import Report, file_name
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.units import nats


def test_markdown_holds_every_part():
    finding = Finding("Layers | compress", "Fig. 1", "undecided", ("Lost ", nats(math.log(2)), "."))
    report = Report(
        title="Title",
        summary="Summary.",
        settings={"epochs": 8},
        findings=[finding],
        tables={"Numbers": Table(["a"], [(nats(math.log(4)),)])},
        remarks=["A remark."],
        unit="bits",
    )
    text = report.markdown()
    assert "Layers \\| compress" in text
    assert "Lost 1.000 bits." in text
    assert "| 2.000 bits |" in text
    for part in ("# Title", "Summary.", "**undecided**", "## Numbers", "- A remark.", "| epochs |"):
        assert part in text


def test_what_tables_mean_is_read_before_them_and_files_are_linked():
    report = Report(
        "Title",
        "Summary.",
        {"epochs": 8},
        [],
        tables={"Numbers": Table(["a"], [("1",)])},
        remarks=["A remark."],
        beside=["table.parquet", "plane.png", "plane.html"],
    )
    text = report.markdown()
    places = [text.index(part) for part in ("Summary.", "![plane.png](plane.png)", "- A remark.",
              "## Numbers", "- [plane.html](plane.html)", "## Setting")]  # fmt: skip
    assert places == sorted(places)
    assert "- [table.parquet](table.parquet)" in text


def test_verdicts_that_remain_among_many_are_marked_and_chance_is_counted():
    p_values = (1e-5, 0.04, 0.5, None)
    verdicts = ("agrees", "disagrees", "undecided", "agrees")
    findings = [
        Finding(f"Claim {place}", "Fig. 1", verdict, ("3.",), p_value)
        for place, (verdict, p_value) in enumerate(zip(verdicts, p_values, strict=True))
    ]
    text = Report("Title", "Summary.", {}, findings).markdown()
    assert "| Claim 0 | Fig. 1 | 3. | **agrees** * |" in text
    assert "| Claim 1 | Fig. 1 | 3. | **disagrees** |" in text
    assert "3 verdicts rest on a test; chance alone would have decided about 0.2" in text


def test_a_parameter_of_the_readers_own_opens_no_tag():
    text = Report("Title", "Summary.", {"data_root": "/a/</td><b>|c"}, []).markdown()
    assert "| data_root | /a/&lt;/td>&lt;b>\\|c |" in text


def test_what_is_not_there_has_no_heading():
    text = Report("Title", "Summary.", {}, []).markdown()
    assert "The paper's claims" not in text
    assert "Remarks" not in text


@pytest.mark.parametrize(
    ("name", "file"),
    [("szt tanh, bin_size=0.07", "szt_tanh_bin_size_0.07"), ("a/b\\c", "a_b_c"), ("tanh", "tanh")],
)
def test_a_runs_name_is_written_as_a_files(name, file):
    assert file_name(name) == file


def test_claims_that_no_paper_makes_are_not_called_a_papers():
    finding = Finding("trial 3 is best", "this search", "agrees", ("By far.",))
    own = Report("Title", "Summary.", {}, [finding]).markdown()
    assert "## What was judged" in own
    assert "paper" not in own
    assert "## The paper's claims" in Report("T", "S.", {}, [finding], paper="A paper").markdown()
