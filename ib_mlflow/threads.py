"""How many threads the compiled kernels use."""

from numba import config


def threads() -> int:
    """Return the number of threads for compiled kernels that release the interpreter's lock.

    NUMBA_NUM_THREADS, if the environment sets it, else the cores that the process may use. It is
    not `numba.get_num_threads()`, which starts OpenMP and thereby changes how many threads torch
    takes: on small tensors torch is many times faster on one.

    Example:
        >>> threads() >= 1
        True
    """
    return int(config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
