import re

import numpy as np
import pytest
import torch

from ib_mlflow import memory
from ib_mlflow.data import load
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import mlp
from ib_mlflow.training import Schedule, train

WIDE = (12, 300, 200, 2)
WEIGHTS = 4 * (13 * 300 + 301 * 200 + 201 * 2)
"""Bytes of one member."""


def leave(monkeypatch, size):
    monkeypatch.setattr(memory, "memory_left", lambda: float(size))


def test_more_members_than_fit_are_refused_with_the_most_that_do(monkeypatch):
    leave(monkeypatch, 3.5 * WEIGHTS)
    mlp(WIDE, members=3)
    with pytest.raises(InvalidInputError, match=r"4 members of widths 12-300-200-2.*most 3 mem"):
        mlp(WIDE, members=4)


def test_layers_too_wide_for_one_member_are_refused_with_the_widest_that_fit(monkeypatch):
    leave(monkeypatch, WEIGHTS / 3)
    with pytest.raises(InvalidInputError, match="Take at most") as raised:
        mlp(WIDE)
    (units,) = re.findall(r"at most (\d+) units", str(raised.value))
    fits = [min(int(units), width) for width in WIDE[1:-1]]
    mlp((12, *fits, 2))
    with pytest.raises(InvalidInputError, match="must fit in memory"):
        mlp((12, *(min(int(units) + 1, width) for width in WIDE[1:-1]), 2))


def test_what_no_machine_holds_is_refused_at_once():
    with pytest.raises(InvalidInputError, match="must fit in memory") as raised:
        mlp((12, 10_000_000, 10_000_000, 2), members=10_000)
    assert "\n" not in str(raised.value)


def test_layers_that_do_not_fit_are_refused_before_they_are_computed(monkeypatch):
    network = mlp(WIDE, members=2)
    rows = np.zeros((1000, 12), np.float32)
    leave(monkeypatch, 1000 * (300 + 200) * 4 * 2)
    for _, layer in network.activations(rows):
        assert layer.dtype == np.float32
    leave(monkeypatch, 1000 * (300 + 200) * 4 * 2 - 1)
    with pytest.raises(InvalidInputError, match=r"most 1 member\."):
        next(iter(network.activations(rows)))


def test_what_cannot_learn_for_want_of_memory_is_refused_before_its_copies_are_made(monkeypatch):
    network = mlp(WIDE, members=2, dtype=torch.float32, device="cpu")
    leave(monkeypatch, 2 * WEIGHTS * 3 - 1)
    with pytest.raises(InvalidInputError, match=r"networks that learn.*most 1 member\."):
        next(iter(train(network, load("szt"), Schedule.of([1]), learning_rate=0.1)))
