"""What the layers of a deep network know about their input and their label while they learn."""

from importlib.metadata import version

__version__ = version("ib_mlflow")
