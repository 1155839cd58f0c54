from ib_mlflow.studies.judging.verdicts import Finding
from ib_mlflow.studies.reporting.report import Report, table_of


def test_markdown_holds_every_part():
    finding = Finding("Layers | compress", "Fig. 1", "In 3 of 4.", "undecided")
    report = Report(
        title="Title",
        summary="Summary.",
        setting={"epochs": 8},
        findings=[finding],
        tables={"Numbers": table_of(["a"], [(1,)])},
        remarks=["A remark."],
    )
    text = report.markdown()
    assert "Layers \\| compress" in text
    for part in ("# Title", "Summary.", "**undecided**", "## Numbers", "- A remark.", "| epochs |"):
        assert part in text
