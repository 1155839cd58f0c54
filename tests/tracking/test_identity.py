import enum
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.tracking import identity as module
from ib_mlflow.tracking.identity import canonical, digest

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
)
keys = st.text(max_size=3)
plain = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
identities = st.dictionaries(st.text(max_size=4), plain, max_size=5)


@given(identities)
def test_the_order_of_keys_does_not_matter_and_nothing_is_lost(identity: dict[str, object]) -> None:
    turned = dict(reversed(identity.items()))
    assert digest(identity) == digest(turned)
    assert json.loads(canonical(identity))["identity"] == identity


@given(identities, identities)
def test_equal_hashes_mean_equal_identities(
    first: dict[str, object], second: dict[str, object]
) -> None:
    if digest(first) == digest(second):
        assert first == second


@pytest.mark.parametrize("pair", [(1, True), (1, 1.0), ("1", 1), (None, "null"), (0.1, 0.1 + 1e-9)])
def test_what_python_calls_equal_may_differ(pair: tuple[object, object]) -> None:
    first, second = pair
    assert digest({"a": first}) != digest({"a": second})


def test_the_version_of_the_package_belongs_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest({})
    monkeypatch.setattr(module, "__version__", "99")
    assert digest({}) != before


class Kind(enum.StrEnum):
    TANH = "tanh"


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, np.float64(1), np.arange(2), {1: 2}, {1, 2}, object(), Kind.TANH]
)
def test_anything_that_is_not_plain_is_refused(value: object) -> None:
    with pytest.raises(InvalidInputError, match=r"identity\.a\[1\]"):
        digest({"a": [0, value]})
