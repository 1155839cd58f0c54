"""`python -m projects NAME --parameter value` in a checkout, `ib-mlflow NAME …` once installed."""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ib_mlflow.errors import IBError
from ib_mlflow.studies.coverage import Studies, claims_page, read_coverage
from ib_mlflow.studies.listing import help_of, list_of, page_of, table_of
from ib_mlflow.studies.mlproject import mlproject_of
from ib_mlflow.studies.results import write_results
from ib_mlflow.studies.study import enter
from .registry import PROGRAM, STUDIES, load_study

USAGE = f"""\
{PROGRAM} NAME [--parameter value ...]   run a study
{PROGRAM} NAME --help                    its parameters
{PROGRAM} list                           all studies, their questions and minutes
{PROGRAM} results FOLDER                 write a page for each study that has finished"""
PAPERS = Path(__file__).parent / "coverage"
"""A file a paper: what it says, and what judges it."""


def claims_of(studies: Studies) -> str:
    """What becomes of every claim of the papers, as a page."""
    return claims_page(map(read_coverage, sorted(PAPERS.glob("*.toml"))), studies)


WHOLE = {
    "list": list_of,
    "mlproject": mlproject_of,
    "page": page_of,
    "table": table_of,
    "claims": claims_of,
}
"""What is printed of all studies; but for the list, the files of a checkout."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    if arguments is None:
        arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return
    name, *rest = arguments
    if name in WHOLE and not rest:
        # A reader of the list, as `head`, may leave before its end.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        print(WHOLE[name]({each: load_study(each) for each in STUDIES}).rstrip("\n"))
        return
    try:
        if name == "results" and len(rest) == 1:
            studies = {each: load_study(each) for each in STUDIES}
            print("\n".join(write_results(studies, Path(rest[0]))))
            return
        study = load_study(name)
    except IBError as error:
        sys.exit(str(error))
    if {"-h", "--help"} & set(rest):
        print(help_of(name, study))
    else:
        enter(name, study, rest)


if __name__ == "__main__":
    main()
