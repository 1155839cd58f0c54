"""The standard errors that are stated, against repetitions, by the program that prints the card."""

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import pytest

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "calibration.py"
REPETITIONS, MORE = 100, 400


@pytest.fixture(scope="module")
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("calibration_program", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PROGRAM.parent))  # where the program finds its other file
        spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_intervals_of_mixtures_cover(program):
    """A coverage of 0.95 is known to 0.022 by 100 repetitions, and four of those are allowed."""
    for regime in program.mixtures():
        calibration = program.calibrate(regime, REPETITIONS)
        assert calibration.coverage >= 0.86, regime.name
        assert calibration.spread <= 1.3, regime.name


@pytest.mark.slow
def test_intervals_of_first_layers_and_the_spread_of_lower_bounds(program):
    for regime in program.noisy():
        if "layer 1" not in regime.name and "i_x_lower" not in regime.name:
            continue
        calibration = program.calibrate(regime, REPETITIONS)
        if "layer 1" in regime.name:
            assert calibration.coverage >= 0.86, regime.name
        else:
            # the card: 1.2 times with 4 propagations, which are not reliable
            assert calibration.spread <= (1.6 if " 4 repeats" in regime.name else 1.3), regime.name
            assert calibration.bias <= 4 * calibration.spread / REPETITIONS**0.5, regime.name


@pytest.mark.slow
def test_intervals_of_deeper_layers_cover(program):
    """From 0.93 to 0.98, but for what 400 repetitions know of it; those of 4 propagations do not.

    With those the errors of I(X;T) have six degrees of freedom, and of rare overlaps nothing is
    known: nothing that rests on so few is reliable. The card says 0.91 of a cube with 64.
    """
    high = 0.98 + 2 * math.sqrt(0.98 * 0.02 / MORE)
    for regime in program.noisy():
        if "layer 2" in regime.name and "lower" not in regime.name:
            if " 4 repeats" in regime.name:
                continue
            coverage = program.calibrate(regime, MORE).coverage
            least = 0.91 if "corners" in regime.name and " 64 repeats" in regime.name else 0.93
            low = least - 3 * math.sqrt(least * (1 - least) / MORE)
            assert low <= coverage <= high, regime.name


@pytest.mark.slow
def test_errors_of_estimators_from_samples_are_their_spread(program):
    for regime in program.samples():
        assert program.calibrate(regime, REPETITIONS).spread <= 1.3, regime.name


@pytest.mark.slow
def test_intervals_of_kernel_bounds_and_decoders_cover(program):
    for regime in program.bounds():
        calibration = program.calibrate(regime, REPETITIONS)
        assert calibration.coverage >= 0.86, regime.name
        assert calibration.spread <= 1.3, regime.name
