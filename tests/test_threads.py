import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("count", [1, 3])
def test_the_environment_sets_how_many_without_starting_openmp(count):
    """Torch would otherwise take another number of threads."""
    code = (
        "import ib_mlflow.threads, numba.np.ufunc.parallel as parallel; "
        "print(ib_mlflow.threads.threads(), parallel._is_initialized)"
    )
    environment = {**os.environ, "NUMBA_NUM_THREADS": str(count)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == [str(count), "False"]
