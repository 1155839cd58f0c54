"""What decoders take is asked before anything is trained, and what does not fit is refused."""

from dataclasses import replace

import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import ResNet
from ib_mlflow.studies.decoding import memory
from ib_mlflow.studies.decoding.contexts import LayerContext
from ib_mlflow.studies.decoding.layer_fits import HeadFit
from ib_mlflow.studies.decoding.layer_inversion import LayerInversion
from ib_mlflow.studies.decoding.memory import decoder_memory
from ib_mlflow.studies.decoding.works import fit_work
from ib_mlflow.training.fitting import Plan

PLAN = Plan(updates=2, batch_size=16, evaluate=1, least_fall=0.1)


@pytest.fixture
def inversion(digits, configuration):
    """h1 of a residual network at two epochs."""
    contexts = {
        epoch: LayerContext(
            ResNet(digits.shape, 10, widths=(3, 4), blocks=1, levels=2, seed=epoch).eval(),
            "h1",
            "digits",
        )
        for epoch in (0, 3)
    }
    return LayerInversion("net", digits, contexts, configuration, PLAN)


@pytest.fixture
def leave(monkeypatch):
    """Leaves so many bytes of memory."""

    def set_to(left):
        monkeypatch.setattr(memory, "memory_left", lambda: left)
        monkeypatch.setattr("ib_mlflow.memory.memory_left", lambda: left)

    return set_to


@pytest.mark.parametrize("way", ["scratch", "amortised"])
def test_decoders_that_do_not_fit_are_no_works(inversion, leave, way):
    job = inversion.of_epoch(0) if way == "scratch" else replace(inversion, way=way).amortised()
    foretold = decoder_memory(job)
    filters = job.configuration.filters_of(job.parts)
    needed = foretold.needed(filters, PLAN.batch_size)
    leave(needed)
    assert fit_work(job, "decoders", 2).count == 2
    leave(foretold.needed(filters, PLAN.batch_size - 1))
    with pytest.raises(InvalidInputError, match=r"decoder_batch=16.*Lower decoder_batch to 15"):
        fit_work(job, "decoders", 2)


def test_where_no_decoder_fits_smaller_images_are_advised(inversion, leave):
    leave(1.0)
    with pytest.raises(InvalidInputError, match=r"of a decoder must fit.*Take smaller images\."):
        fit_work(inversion.of_epoch(0), "decoders", 1)


def test_what_is_no_decoder_is_not_asked(inversion, digits, configuration, leave):
    leave(1.0)
    head = HeadFit(digits, inversion.contexts[0], configuration, PLAN)
    assert fit_work(head, "heads", 3).count == 3


def test_a_gpu_has_a_memory_of_its_own(inversion, leave, monkeypatch):
    leave(1.0)
    monkeypatch.setattr(memory, "checked_device", lambda _: torch.device("cuda"))
    memory.check_decoder(inversion.of_epoch(0))
