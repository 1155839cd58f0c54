"""What is printed of all studies, and the pages of what they found."""

import os
import sys
from pathlib import Path

from ib_mlflow.studies.coverage import Studies, claims_page, read_coverage
from ib_mlflow.studies.listing import list_of, page_of, table_of
from ib_mlflow.studies.mlproject import mlproject_of
from ib_mlflow.studies.results import write_results
from ib_mlflow.tracking.notes import leave_note
from .registry import STUDIES, load_study

REPORTS = Path(__file__).parents[1] / "docs" / "results"
PAPERS = Path(__file__).parent / "coverage"
"""A file a paper: what it says, and what judges it."""


def readme_table(studies: Studies) -> str:
    """The table of the front page, with pictures of the runs that have a report here."""
    return table_of(studies, {page.stem for page in REPORTS.glob("*.webp")})


def claims_of(studies: Studies) -> str:
    """What becomes of every claim of the papers, as a page."""
    return claims_page(map(read_coverage, sorted(PAPERS.glob("*.toml"))), studies)


PAGES = {
    "list": list_of,
    "mlproject": mlproject_of,
    "page": page_of,
    "table": readme_table,
    "claims": claims_of,
}
"""What is printed of all studies; but for the list, the files of a checkout."""


def print_page(name: str) -> None:
    """Print a page of all studies.

    Arguments:
        name: of the page.
    """
    page = PAGES[name]({each: load_study(each) for each in STUDIES}).rstrip("\n")
    if name == "list":
        # Of `mlflow run . -e list`, whose run holds no more than this.
        leave_note(name, f"```text\n{page}\n```")
    try:
        print(page, flush=True)
    except BrokenPipeError:
        # A reader, as `head`, may leave before the end; Python would write the rest as it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_results(folder: str) -> None:
    """Write a page for each study that has finished, and print the table of their verdicts.

    Arguments:
        folder: of the pages.
    """
    studies = {each: load_study(each) for each in STUDIES}
    print(write_results(studies, Path(folder)).markdown())
