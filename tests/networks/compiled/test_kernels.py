import hashlib
from pathlib import Path

import numpy as np
import pytest

from ib_mlflow.networks.compiled import elementwise, kernels


@pytest.mark.parametrize("name", ["elementwise", "moments", "normals", "products"])
def test_cached_machine_code_follows_changes_of_what_it_inlines(name):
    source = Path(kernels.__file__).with_name(f"{name}.py").read_bytes()
    pinned = kernels.INLINED_SHA256[name]
    assert hashlib.sha256(source).hexdigest().startswith(pinned), (
        f"{name}.py has changed: write the first 16 digits of its new digest into kernels.py"
    )
    assert len(pinned) == 16


NO_NOISE = np.zeros(3), np.zeros((3, 3), np.uint32)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(
    ("n", "inputs", "d"), [(1, 1, 1), (255, 3, 2), (257, 37, 19), (600, 16, 5)]
)
def test_a_linear_layer_is_a_matrix_product(n, inputs, d, shared):
    random = np.random.default_rng(n)
    weights = random.normal(size=(3, d, inputs + 1))
    below = random.normal(size=(1 if shared else 3, n, inputs))
    outputs = np.empty((3, n, d))
    kernels.layer(
        weights, below, outputs, elementwise.LINEAR, 1, *NO_NOISE, 0, 3 * -(-n // kernels.BLOCK)
    )
    expected = below @ weights[:, :, :-1].transpose(0, 2, 1) + weights[:, None, :, -1]
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-12)


def test_only_the_chosen_blocks_are_computed():
    weights, below, outputs = np.ones((3, 2, 3)), np.ones((1, 9, 2)), np.zeros((3, 9, 2))
    kernels.layer(weights, below, outputs, elementwise.LINEAR, 1, *NO_NOISE, 1, 2)
    assert (outputs[[0, 2]] == 0).all()
    assert (outputs[1] == 3).all()
