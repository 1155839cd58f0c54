"""No printed share, accuracy or entropy has limits that it cannot have."""

import ast
from pathlib import Path

import numpy as np
import pytest

from ib_mlflow.studies.judging.intervals import information, mean

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("projects/**/*.py"), *ROOT.glob("ib_mlflow/studies/**/*.py")])
SIGNED = {
    "lost", "gained", "drops", "drop", "difference", "differences", "gap", "change", "higher",
    "less", "least", "largest", "most_", "fallen", "before", "after", "near", "far", "alike",
    "above", "spared", "drift", "steps", "apart", "average", "errors_at",
}  # fmt: skip
"""What differences and falls are called, that may be below 0 and above any entropy."""


def printed_means(path):
    """What `mean` is taken of where its interval is printed in nats without a range."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        printed = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "quantity"
            and node.args
            and getattr(node.args[0], "value", None) == "nats"
        )
        of = node.func.value if printed else None
        if isinstance(of, ast.Call) and getattr(of.func, "id", None) == "mean" and len(of.args) < 2:
            yield of.args[0]


def is_signed(node):
    """Whether an expression is a difference by what it does or by what it is called."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Sub)
    if isinstance(node, ast.Call):
        return is_signed(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr in SIGNED or (
            node.attr in ("mean", "max", "min") and is_signed(node.value)
        )
    if isinstance(node, ast.Subscript):
        value = node.value
        key = getattr(node.slice, "value", None)
        return is_signed(value) or key in SIGNED
    return isinstance(node, ast.Name) and node.id in SIGNED


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_information_is_printed_within_its_range(path):
    """`information` has limits of its own; `mean` is for what may be negative."""
    outside = [ast.unparse(of) for of in printed_means(path) if not is_signed(of)]
    assert outside == []


@pytest.mark.parametrize("highest", [0.69, 8.318])
@pytest.mark.parametrize("n", [5, 6, 20])
def test_limits_of_an_information_stay_where_it_can_be(n, highest):
    generator = np.random.default_rng(n)
    for _ in range(300):
        centre, spread = generator.uniform(0, highest), generator.exponential(0.2 * highest)
        values = centre + spread * generator.normal(size=n)
        of = information(values, highest)
        assert 0 <= of.low <= of.value <= of.high <= highest
        estimated = of.value if of.estimated is None else of.estimated
        assert estimated == pytest.approx(values.mean())


def test_of_estimates_above_what_can_be_the_mean_is_brought_to_it_and_said_beside_it():
    most = np.log(4096)
    values = np.array([8.335 + 0.09 * k for k in (-1.2, -0.7, 0, 0.4, 0.6, 0.9)])
    of = information(values, most)
    assert of.text() == f"8.318 [{of.low:.3f}, 8.318; estimated 8.335]"
    assert of.low == pytest.approx(mean(values).low)
    assert information(values[:2] + 1, most).singles == (most, most)


@pytest.mark.parametrize(("low", "high"), [(8.4, 8.5), (-0.2, -0.1)])
def test_estimates_that_are_all_beyond_err_by_more_than_they_scatter(low, high):
    of = information(np.linspace(low, high, 6), 8.318)
    beyond = mean(np.linspace(low, high, 6))
    if low > 0:
        assert (of.value, of.high) == (8.318, 8.318)
        assert of.high - of.low == pytest.approx(beyond.high - 8.318)
    else:
        assert (of.value, of.low) == (0, 0)
        assert of.high == pytest.approx(-beyond.low)
