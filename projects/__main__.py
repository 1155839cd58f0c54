"""`python -m projects NAME --parameter value`; `list` names the studies."""

import sys

from ib_mlflow.errors import IBError
from ib_mlflow.studies.listing import help_of, list_of, page_of
from ib_mlflow.studies.mlproject import mlproject_of
from ib_mlflow.studies.study import enter
from projects.registry import STUDIES, load_study

USAGE = """\
python -m projects NAME [--parameter value ...]   run a study
python -m projects NAME --help                    its parameters
python -m projects list                           all studies, their questions and minutes
python -m projects mlproject                      print the file MLproject
python -m projects page                           print docs/studies.md"""
WHOLE = {"list": list_of, "mlproject": mlproject_of, "page": page_of}
"""What is printed of all studies."""


def main(arguments: list[str]) -> None:
    """Run what the command line asks for."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return
    name, *rest = arguments
    if name in WHOLE and not rest:
        print(WHOLE[name]({each: load_study(each) for each in STUDIES}).rstrip("\n"))
        return
    try:
        study = load_study(name)
    except IBError as error:
        sys.exit(str(error))
    if {"-h", "--help"} & set(rest):
        print(help_of(name, study))
    else:
        enter(name, study, rest)


if __name__ == "__main__":
    main(sys.argv[1:])
