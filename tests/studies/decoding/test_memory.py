"""What decoders take in memory, against what a process was seen to take."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.studies.decoding import memory
from ib_mlflow.studies.decoding.contexts import LabelContext
from ib_mlflow.studies.decoding.fitting import DecoderFit
from ib_mlflow.studies.decoding.memory import check_decoder, decoder_memory
from ib_mlflow.training.fitting import Plan

FACTOR = 1.5
"""Between what is foretold and the peak of a training, either way."""


@pytest.fixture
def job(digits, configuration):
    plan = Plan(updates=2, batch_size=16, evaluate=2, average=0.9)
    return DecoderFit("decoder", digits, LabelContext(10), configuration, plan)


def test_weights_and_what_a_pass_keeps_are_those_of_a_larger_decoder(job):
    foretold = decoder_memory(job)
    large = memory._small(job, 20)
    assert foretold.weights(20) == pytest.approx(sum(p.numel() for p in large.parameters()))
    kept = memory._kept(large, 5) - memory._kept(large, 4)
    assert foretold.kept(20) == pytest.approx(kept, rel=1e-3)


@pytest.mark.parametrize(
    ("filters", "batch"), [(16, 64), (32, 256), pytest.param(192, 4, marks=pytest.mark.slow)]
)
def test_the_peak_of_a_training_is_foretold_within_the_factor(filters, batch):
    """In a process of its own, whose peak is that of one training."""
    script = Path(__file__).with_name("peak.py")
    found = subprocess.run(
        [sys.executable, script, str(filters), str(batch)],
        capture_output=True,
        text=True,
        check=True,
    )
    foretold, peak = map(float, found.stdout.split())
    assert peak / FACTOR < foretold < FACTOR * peak


def test_what_does_not_fit_is_refused_with_what_does(job, monkeypatch):
    foretold = decoder_memory(job)
    check_decoder(job)
    filters = job.configuration.filters_of(job.parts)
    left = foretold.needed(filters, 100)
    monkeypatch.setattr(memory, "memory_left", lambda: left)
    monkeypatch.setattr("ib_mlflow.memory.memory_left", lambda: left)
    check_decoder(replace(job, plan=replace(job.plan, batch_size=100)))
    larger = replace(job, plan=replace(job.plan, batch_size=101))
    with pytest.raises(InvalidInputError, match=r"decoder_batch=101.*Lower decoder_batch to 100"):
        check_decoder(larger)
    left = foretold.needed(200, 16)
    wide = job.configuration.model_copy(update={"filters": 1000})
    few = replace(job, configuration=wide, plan=replace(job.plan, batch_size=16))
    monkeypatch.setattr(memory, "memory_left", lambda: left)
    monkeypatch.setattr("ib_mlflow.memory.memory_left", lambda: left)
    with pytest.raises(InvalidInputError, match="decoders of 200 filters or fewer"):
        check_decoder(few)
