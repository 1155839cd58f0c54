"""`python -m projects NAME --parameter value` in a checkout, `ib-mlflow NAME …` once installed."""

import sys
from collections.abc import Sequence

from ib_mlflow.errors import ConfigurationError, IBError
from ib_mlflow.studies.interruptions import announced
from .registry import PROGRAM, load_study

USAGE = f"""\
{PROGRAM} NAME [--parameter value ...]   run a study
{PROGRAM} NAME --help                    its parameters
{PROGRAM} list                           all studies, their questions and minutes
{PROGRAM} results FOLDER                 write a page for each study that has finished"""


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
        try:
            _run(name, rest)
        except IBError as error:
            sys.exit(str(error))


def _run(name: str, arguments: Sequence[str]) -> None:
    from ib_mlflow.studies.listing import help_of
    from ib_mlflow.studies.study import enter
    from .pages import PAGES, print_page, print_results

    if name in PAGES:
        if arguments:
            raise ConfigurationError(
                f"{name} takes no parameters",
                received=" ".join(arguments),
                fix="Leave them out.",
            )
        print_page(name)
    elif name == "results" and len(arguments) == 1:
        print_results(arguments[0])
    elif {"-h", "--help"} & set(arguments):
        print(help_of(name, load_study(name)))
    else:
        enter(name, load_study(name), arguments)


if __name__ == "__main__":
    main()
