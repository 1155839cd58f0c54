"""Cases whose estimates are made up."""

import numpy as np
import pytest

from ib_mlflow.information import Estimate
from projects.noise.estimator_comparison.cases import COLUMNS, Case, CaseSpec
from projects.noise.estimator_comparison.corner_mixture import CornerMixture

SIZES = (100, 1000, 10_000)


@pytest.fixture(scope="session")
def case():
    """Errors that fall as given powers of n, of ten repetitions."""

    def make(dimension, powers, *, sign=-1, noise=1e-3, beta=0.1, moved=2.0) -> Case:
        random = np.random.default_rng(dimension)
        n = np.array(SIZES, float)[:, None]
        values = {
            name: 3.0
            + (sign if name == "sp" else 1) * n**-power * (1 + noise * random.normal(size=(3, 10)))
            for name, power in powers.items()
        }
        values |= {name: values["kde"] + moved for name in COLUMNS if name not in powers}
        spec = CaseSpec(
            CornerMixture(dimension, 0.02), beta, SIZES, tuple(range(10)), 1, 1000, 5000
        )
        return Case(spec, 3.0, Estimate(3.0, 0.01, "point", n=5000), values)

    return make
