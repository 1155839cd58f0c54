"""Which folder is which package; all else stands in pyproject.toml."""

from setuptools import find_packages, setup

studies = [f"ib_mlflow.{name}" for name in find_packages(include=["projects", "projects.*"])]
setup(
    packages=[*find_packages(include=["ib_mlflow", "ib_mlflow.*"]), *studies],
    # The checkout's `projects` would be anybody's name among installed packages.
    package_dir={"ib_mlflow.projects": "projects"},
)
