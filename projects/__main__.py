"""`python -m projects NAME --parameter value` in a checkout, `ib-mlflow NAME …` once installed."""

import signal
import sys
from collections.abc import Sequence

from ib_mlflow.errors import IBError
from ib_mlflow.studies.interruptions import announced
from .registry import PROGRAM, STUDIES, load_study

USAGE = f"""\
{PROGRAM} NAME [--parameter value ...]   run a study
{PROGRAM} NAME --help                    its parameters
{PROGRAM} list                           all studies, their questions and minutes"""
WHOLE = ("list", "mlproject", "page", "table")
"""What is printed of all studies; but for the list, the files of a checkout."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    if arguments is None:
        arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return
    name, *rest = arguments
    # The libraries below take seconds to import, in which Ctrl-C may come too.
    with announced(name):
        if name in WHOLE and not rest:
            _print_whole(name)
        else:
            _enter(name, rest)


def _print_whole(name: str) -> None:
    from ib_mlflow.studies.listing import list_of, page_of, table_of
    from ib_mlflow.studies.mlproject import mlproject_of

    texts = dict(zip(WHOLE, (list_of, mlproject_of, page_of, table_of), strict=True))
    # A reader of the list, as `head`, may leave before its end.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    print(texts[name]({each: load_study(each) for each in STUDIES}).rstrip("\n"))


def _enter(name: str, arguments: Sequence[str]) -> None:
    from ib_mlflow.studies.listing import help_of
    from ib_mlflow.studies.study import enter

    try:
        study = load_study(name)
    except IBError as error:
        sys.exit(str(error))
    if {"-h", "--help"} & set(arguments):
        print(help_of(name, study))
    else:
        enter(name, study, arguments)


if __name__ == "__main__":
    main()
