"""Pages of what studies have found, written from their finished runs."""

import re
import shlex
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import yaml
from PIL import Image

from ib_mlflow.studies.fields import as_text
from ib_mlflow.studies.judging import Verdict
from ib_mlflow.studies.reporting.report import BESIDE
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.study import Study
from ib_mlflow.tracking import FinishedStudies

SCALES = ("paper", "quick")
"""Whose runs are shown: the paper's own setting where it was run."""
VERDICTS: tuple[str, ...] = get_args(Verdict)
COMMON = ("information_plane.png", "loss_accuracy.png")
"""Figures that most studies have."""
SHOWN = re.compile(r"^!\[.*\]\((.*)\)\n\n", flags=re.MULTILINE)
"""The figure of a report."""
WIDTH, QUALITY = 1200, 90
OF_THE_MACHINE = {"scale", "workers", "cluster", "device", "data_root", "fresh", "register_as"}
"""Parameters that numbers do not depend on, beside the scale, which is said before the others."""


def write_results(studies: Mapping[str, Study[Any, Any]], folder: Path) -> Table:
    """Write a page for each study that has finished: its command, its report, its figure.

    Of the runs in the store of MLFLOW_TRACKING_URI the last one at `scale=paper` is shown, or else
    the last one at quick.

    Arguments:
        studies: by name.
        folder: for `NAME.md` and `NAME.webp`; pages of studies that have no run stay.

    Returns:
        How many claims got each verdict, a row a study; without them where there is no run.
    """
    finished = FinishedStudies()
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, study in studies.items():
        runs = ((scale, finished.latest(name, {"scale": scale})) for scale in SCALES)
        scale, run_id = next((pair for pair in runs if pair[1]), ("", None))
        if run_id is None:
            rows.append([f"[{name}](#{name})", study.question, *("–" * (len(VERDICTS) + 1))])
            continue
        given = _given(study, yaml.safe_load(finished.text(run_id, "config.yaml")))
        command = " ".join([f"mlflow run . --env-manager local -e {name}", *given])
        report = finished.text(run_id, "report.md")
        figure = _figure(finished, run_id, report, folder / f"{name}.webp")
        picture = f"![A figure of {name}]({name}.webp)\n\n" if figure else ""
        title, _, rest = _of_the_site(report).partition("\n")
        # What was found is read first, and then seen.
        found, heading, tables = rest.lstrip().partition("\n## ")
        when = finished.finished_on(run_id)
        page = f"{title}\n\n`{command}` ({when})\n\n{found}\n{picture}{heading.lstrip()}{tables}"
        (folder / f"{name}.md").write_text(page, encoding="utf-8")
        own = finished.tags(run_id)
        counts = [own.get(f"claims.{verdict}", "–") for verdict in VERDICTS]
        rows.append([f"[{name}](#{name})", study.question, *counts, f"{scale}, {when}"])
    return Table(["study", "asks", *VERDICTS, "the run"], rows)


def _of_the_site(report: str) -> str:
    """A report without what leads to files that stay with its run."""
    before, heading, after = report.partition(f"{BESIDE}\n")
    settings = after.partition("\n## ")[2]
    shown = f"{before}## {settings}" if heading else report
    return SHOWN.sub("", shown, count=1)


def _given(study: Study[Any, Any], values: Mapping[str, Any]) -> list[str]:
    """The parameters that a command must give for these values."""
    scale = values["scale"]
    usual = study.configuration.parse(["--scale", scale]).model_dump()
    words = [] if scale == "quick" else [f"-P scale={scale}"]
    for name, value in values.items():
        if name in usual and name not in OF_THE_MACHINE and as_text(value) != as_text(usual[name]):
            words.append(f"-P {shlex.quote(f'{name}={as_text(value)}')}")
    return words


def _figure(finished: FinishedStudies, run_id: str, report: str, path: Path) -> bool:
    """Copy the figure that the report shows, or else one of the run; whether there was one."""
    pictures = [name for name in finished.names(run_id) if name.endswith(".png")]
    shown = [name for name in SHOWN.findall(report) if name in pictures]
    own = [name for name in pictures if name not in COMMON]
    common = [name for name in COMMON if name in pictures]
    for name in [*shown, *own, *common][:1]:
        with Image.open(BytesIO(finished.content(run_id, name))) as picture:
            picture.thumbnail((WIDTH, 4 * WIDTH))
            picture.convert("RGB").save(path, quality=QUALITY, method=6)
        return True
    return False
