"""Datasets as arrays, each with a digest of its content and a word on its source."""

from ib_mlflow.data.affine import affine_copies
from ib_mlflow.data.dataset import Dataset
from ib_mlflow.data.images import binarise, enlarge, shrink
from ib_mlflow.data.randomise import random_labels, sample_labels
from ib_mlflow.data.registry import DATASETS, FromFiles, load
from ib_mlflow.data.splits import head, split, subset, three_way
from ib_mlflow.data.szt import szt_rule

__all__ = [
    "DATASETS",
    "Dataset",
    "FromFiles",
    "affine_copies",
    "binarise",
    "enlarge",
    "head",
    "load",
    "random_labels",
    "sample_labels",
    "shrink",
    "split",
    "subset",
    "szt_rule",
    "three_way",
]
