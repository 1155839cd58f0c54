"""`python -m projects NAME --parameter value`; `list` names the studies."""

import sys

from ib_mlflow.errors import IBError
from ib_mlflow.studies.mlproject import list_of, mlproject_of
from ib_mlflow.studies.study import enter
from projects.registry import STUDIES, load_study

USAGE = """python -m projects NAME [--parameter value ...]   run a study
python -m projects NAME --help                    its parameters
python -m projects list                           all studies
python -m projects mlproject                      print the file MLproject"""


def main(arguments: list[str]) -> None:
    """Run what the command line asks for."""
    match arguments:
        case [] | ["-h" | "--help", *_]:
            print(USAGE)
        case ["list"]:
            print(list_of({name: load_study(name) for name in STUDIES}))
        case ["mlproject"]:
            print(mlproject_of({name: load_study(name) for name in STUDIES}), end="")
        case [name, *rest]:
            try:
                study = load_study(name)
            except IBError as error:
                sys.exit(str(error))
            enter(name, study, rest)


if __name__ == "__main__":
    main(sys.argv[1:])
