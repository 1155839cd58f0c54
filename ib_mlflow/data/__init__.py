"""Datasets as arrays, each with a digest of its content and a word on its source."""

from ib_mlflow.data.dataset import Dataset
from ib_mlflow.data.registry import DATASETS, load
from ib_mlflow.data.splits import split, subset, three_way

__all__ = ["DATASETS", "Dataset", "load", "split", "subset", "three_way"]
