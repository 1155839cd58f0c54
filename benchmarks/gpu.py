"""Seconds on a GPU beside those on the CPU of the same machine, as a table in Markdown.

    python benchmarks/gpu.py [--device cuda] [--quick] [--only TEXT …]

Every row is timed after warm-ups, with the device synchronised before and after, on the CPU with
all threads; the median of the repeats stands there with the smallest and the largest. A row that
fails says so, the others go on, and the program ends with exit code 1. The last row starts four
processes, each with a decoder and CUDA of its own: they start their trial together when all of
them are warm, and one trial after another in one process is what they are compared with.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import threading
import time
import traceback
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that nothing need be installed

from gpu_resnet import decoder_step, encoding, training_step
from gpu_work import (
    ensemble_epoch,
    entropy,
    images_epoch,
    noisy_layer,
    sampling,
    step,
    trial,
)

from ib_mlflow.threads import threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Measure = Callable[[str], list[float]]
    """From a device to the seconds of each repeat on it."""

SECONDS = 12.0  # after which no repeat of a measurement begins
LIMIT = 180.0  # after which nothing is timed on the CPU any more
HANGING = 100.0  # after which a process is given up
TRIALS = 4
TORCH = torch.get_num_threads()


def synchronise(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def timed(run: Callable[[], object], device: str, *, warm: int, repeats: int) -> list[float]:
    """Seconds of each repeat, at least one."""
    start, times = time.perf_counter(), []
    for number in count(-warm):
        synchronise(device)
        before = time.perf_counter()
        run()
        synchronise(device)
        if number >= 0:
            times.append(time.perf_counter() - before)
        late = time.perf_counter() - start > SECONDS
        if len(times) == repeats or (late and times):
            return times
    return times


def shown(times: list[float]) -> str:
    if len(times) == 1:
        return f"{times[0]:.3g}"
    return f"{median(times):.3g} ({min(times):.3g} to {max(times):.3g})"


def worker(filters: int, batch: int, updates: int, device: str) -> None:
    """A process of the last row: warm up, say so, and run a trial when asked to."""
    torch.set_num_threads(max(1, threads() // TRIALS))
    run = trial(filters, batch, updates, device)
    trial(filters, batch, 2, device)()
    synchronise(device)
    print("ready", flush=True)
    sys.stdin.readline()
    run()
    synchronise(device)
    print("done", flush=True)


def at_once(filters: int, batch: int, updates: int, device: str) -> list[float]:
    """Seconds until all of four processes have ended their trial, without those of their start."""
    command = [sys.executable, str(Path(__file__).resolve()), "--device", device]
    command += ["--worker", f"{filters},{batch},{updates}"]
    pipe = subprocess.PIPE
    workers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(TRIALS)]

    def end() -> None:
        for process in workers:
            process.kill()

    timer = threading.Timer(HANGING, end)
    timer.start()
    try:
        answers = [process.stdout.readline().strip() for process in workers]
        start = time.perf_counter()
        for process in workers:
            process.stdin.write("go\n")
            process.stdin.flush()
        answers += [process.stdout.readline().strip() for process in workers]
        seconds = time.perf_counter() - start
        if answers != ["ready"] * TRIALS + ["done"] * TRIALS:
            raise RuntimeError(f"a process failed or hung; they said {answers}")
        return [seconds]
    finally:
        timer.cancel()
        end()
        for process in workers:
            process.communicate()


def rows(quick: bool) -> Iterator[tuple[str, Measure, bool]]:
    """Names with shapes, how each is measured, and whether on the CPU too."""
    members, wide, few, n, k = (4, 32, 1, 128, 2000) if quick else (50, 512, 4, 2048, 20_000)
    filters, images, updates, batch = (4, 2, 2, 4) if quick else (64, 16, 40, 64)
    small = max(4, filters // 2)

    def repeated(
        make: Callable[[str], Callable[[], object]], gpu: int, cpu: int, warm: int = 1
    ) -> Measure:
        def measure(device: str) -> list[float]:
            on_gpu = device.startswith("cuda")
            repeats = 1 if quick else gpu if on_gpu else cpu
            return timed(make(device), device, warm=2 if on_gpu else warm, repeats=repeats)

        return measure

    def in_turn(device: str) -> Callable[[], object]:
        run = trial(small, batch, updates, device)
        return lambda: [run() for _ in range(TRIALS)]

    epoch = "4096 samples, batch 256"
    narrow, noisy = partial(ensemble_epoch, members, 0), partial(images_epoch, n, few)
    broad = partial(ensemble_epoch, members, wide)
    name = f"ensemble epoch, {members} × 12-10-7-5-4-3-2, {epoch}"
    yield name, repeated(narrow, 5, 5), True
    yield f"ensemble epoch, {members} × 12-{wide}-{wide}-2, {epoch}", repeated(broad, 5, 1), True
    name = f"ensemble epoch, {few} × the noisy MNIST CNN, {n} images, batch 32"
    yield name, repeated(noisy, 5, 1), True
    for method in ("brute", "auto"):
        name = f"mixture entropy by {method}, {k} centres, {k} draws, d = 5"
        yield name, repeated(partial(entropy, k, method), 5, 5), True
    name = f"a noisy layer, the second of {few} × 12-10-7-5-4-3-2, 4096 inputs × 16"
    yield name, repeated(partial(noisy_layer, few), 3, 2), True
    for kind in ("float32", "TF32", "bfloat16"):
        name = f"PixelCNN++ step in {kind}, {batch} images of 28 × 28, {filters} filters"
        yield name, repeated(partial(step, filters, batch, kind), 10, 1), kind == "float32"
    name = f"sampling {images} images of 28 × 28, {filters} filters"
    yield name, repeated(partial(sampling, filters, images), 3, 1), True
    name = f"a decoder's trial, {updates} updates of {batch} images of 14 × 14, {small} filters"
    yield name, repeated(partial(trial, small, batch, updates), 3, 1, 0), True
    yield f"{TRIALS} such trials, one after another", repeated(in_turn, 1, 1, 0), False
    yield (
        f"{TRIALS} such trials at once, in a process each",
        partial(at_once, small, batch, updates),
        True,
    )
    yield from residual_rows(quick, repeated)


def residual_rows(
    quick: bool, repeated: Callable[..., Measure]
) -> Iterator[tuple[str, Measure, bool]]:
    """The residual network of 32 × 32 images in colour, and its decoders, as in their paper."""
    batch, many, blocks, drawn = (4, 20, 1, 2) if quick else (128, 10_000, 6, 16)
    for kind in ("float32", "bfloat16"):
        name = f"ResNet step in {kind}, {batch} images of 32 × 32"
        yield name, repeated(partial(training_step, batch, kind), 20, 3), kind == "float32"
    yield f"ResNet's h1 to h4 of {many} images", repeated(partial(encoding, many), 5, 1), True
    for filters in (4,) if quick else (80, 160):
        for kind in ("float32", "TF32", "bfloat16"):
            name = f"decoder step of h2 in {kind}, {drawn} images of 32 × 32, {filters} filters, "
            make = partial(decoder_step, filters, blocks, drawn, kind)
            both = kind == "float32" and filters < 100
            yield f"{name}{blocks} blocks", repeated(make, 5, 1, 0), both


def attempt(measure: Measure, device: str) -> tuple[str, float]:
    """A cell, and its number: NaN where there is none."""
    torch.set_num_threads(TORCH)  # again, because numba's OpenMP changes it when it starts
    try:
        times = measure(device)
    except Exception as error:
        traceback.print_exc()
        words = str(error).partition("\n")[0].replace("|", "/")
        return f"FAILED: {type(error).__name__}: {words[:120]}", float("nan")
    return shown(times), median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true", help="small shapes, one repeat")
    parser.add_argument("--only", nargs="+", default=[""], help="rows whose name has such a text")
    parser.add_argument("--worker", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    device, start = arguments.device, time.perf_counter()
    if arguments.worker:
        filters, batch, updates = map(int, arguments.worker.split(","))
        worker(filters, batch, updates, device)
        return
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SystemExit("torch finds no CUDA device; --device cpu --quick tries the program out")
    named = torch.cuda.get_device_name() if device.startswith("cuda") else "the CPU twice"
    print(f"{named}; torch {torch.__version__}, CUDA {torch.version.cuda}, ", end="")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}; {os.cpu_count()} cores, ")
    print(f"{threads()} threads of compiled code, {TORCH} of torch\n")
    print(f"| seconds: median (least to most) | {device} | cpu | cpu / {device} |")
    print("|---|---|---|---|", flush=True)
    failed = False
    for name, measure, both in rows(arguments.quick):
        if not any(text in name for text in arguments.only):
            continue
        cell, seconds = attempt(measure, device)
        failed |= seconds != seconds
        other, longer = "–", float("nan")
        if both and time.perf_counter() - start < LIMIT:
            other, longer = attempt(measure, "cpu")
            failed |= longer != longer
        ratio = f"{longer / seconds:.2g}" if longer / seconds > 0 else "–"
        print(f"| {name} | {cell} | {other} | {ratio} |", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} seconds in all")
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
