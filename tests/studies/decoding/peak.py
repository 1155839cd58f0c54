"""Prints what a training of a decoder was foretold to take, and what it took, in bytes."""

import sys
from pathlib import Path

import torch

from ib_mlflow.studies.decoding.configuration import DecodingConfiguration
from ib_mlflow.studies.decoding.contexts import LabelContext
from ib_mlflow.studies.decoding.division import load_parts
from ib_mlflow.studies.decoding.fitting import DecoderFit
from ib_mlflow.studies.decoding.memory import decoder_memory
from ib_mlflow.training.fitting import Plan


def resident(line: str) -> int:
    """Bytes that this process holds, "VmRSS", or held at most, "VmHWM".

    Not `getrusage`: there a process begins with the peak of the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return 1024 * int(status.split(f"{line}:")[1].split()[0])


def main(filters: int, batch: int) -> None:
    """Fit one decoder of a few updates."""
    torch.set_num_threads(1)
    parts = load_parts("digits", root=None, shrunk=1, binary=True, evaluated=60, seed=0)
    configuration = DecodingConfiguration(
        scale="toy",
        device="cpu",
        shrunk=1,
        binary=True,
        evaluated=60,
        decoder_updates=2,
        decoder_batch=batch,
        decoder_rate=0.003,
        blocks=1,
        filters=filters,
        colour_filters=filters,
        dropout=0.0,
    )
    plan = Plan(updates=2, batch_size=batch, evaluate=2, average=0.9)
    job = DecoderFit("decoder", parts, LabelContext(10), configuration, plan)
    needed = decoder_memory(job).needed(filters, batch)
    before = resident("VmRSS")
    for _ in job.fits(job.network(), None):
        pass
    print(needed, resident("VmHWM") - before)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
