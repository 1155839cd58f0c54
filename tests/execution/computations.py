"""What the tests compute in other processes."""

import os
import signal
import sys
import time
from pathlib import Path

from ib_mlflow.errors import CheckpointError
from ib_mlflow.execution import DaskExecutor, LocalExecutor, in_worker


def square(number: int) -> int:
    return number * number


def after(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def surroundings(_: int) -> tuple[int, bool, int, int, bool]:
    import numba
    import torch
    from tqdm import tqdm

    disabled = tqdm(range(0)).disable
    return (
        os.getpid(),
        in_worker(),
        torch.get_num_threads(),
        numba.config.NUMBA_NUM_THREADS,
        disabled,
    )


def descend(seed: int) -> bytes:
    import torch

    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(64, 12, generator=generator)
    weights = torch.randn(12, 5, generator=generator, requires_grad=True)
    for _ in range(20):
        (gradient,) = torch.autograd.grad(torch.tanh(inputs @ weights).square().mean(), weights)
        weights = (weights - 0.1 * gradient).detach().requires_grad_()
    return bytes(weights.detach().numpy().tobytes())


def refuse(item: tuple[Path, str]) -> str:
    """Fail for "bad"; note each item that is begun and each that is finished."""
    folder, name = item
    (folder / f"{name}.begun").touch()
    if name == "bad":
        raise CheckpointError("a state must be whole", received={"epoch": 3}, fix="Begin anew.")
    time.sleep(0.5)
    (folder / f"{name}.finished").touch()
    return name


def die(item: tuple[Path, int]) -> int:
    """Die as by kill -9, as often as asked; then return how often that was."""
    folder, times = item
    died = len(list(folder.glob("died*")))
    if died < times:
        (folder / f"died{died}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return died


class PeculiarError(Exception):
    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")

    def __reduce__(self) -> tuple[object, ...]:
        # As any exception's whose arguments are not its message, also where Dask mends those.
        return PeculiarError, self.args


def peculiar(_: int) -> None:
    raise PeculiarError(1, 2)


def unpicklable(_: int) -> object:
    return lambda: None


def nested(_: int) -> None:
    LocalExecutor(workers=2)


def wait_in(folder: Path) -> None:
    """Compute until told to stop, and note that."""
    (folder / f"{os.getpid()}.pid").touch()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        while True:
            time.sleep(0.01)
    finally:
        (folder / f"{os.getpid()}.stopped").touch()


def span(seconds: float) -> tuple[float, float]:
    """When an item began and ended."""
    begin = time.time()
    time.sleep(seconds)
    return begin, time.time()


def hold(folder: Path) -> str:
    """Compute until the folder says go."""
    (folder / f"{os.getpid()}.pid").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)
    return "held"


if __name__ == "__main__":
    # Where the suite was started in the background, Ctrl-C is ignored from the start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.argv[2] == "handled":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with DaskExecutor(sys.argv[3]) if sys.argv[3:] else LocalExecutor(workers=2) as executor:
        # By the name that other machines' workers find it by, which is not __main__'s.
        import computations

        list(executor.map(computations.wait_in, [Path(sys.argv[1])] * 3))
