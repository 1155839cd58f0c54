"""How a layer was measured, in the words of the field."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIGNS = {"beta": "β"}
_MINUS = "\N{MINUS SIGN}"


def measured(estimator: str, setting: str) -> str:
    """Name an estimator and its setting as figures do.

    Arguments:
        estimator: of a trajectory.
        setting: of the same rows, such as "bin_size=0.07".

    Example:
        >>> measured("binned", "bin_size=0.07"), measured("known", "")
        ('binned, bin size 0.07', 'known')
        >>> measured("binned", "bin_count=2,low=-1.0,high=1.0,clip=True")
        'binned, 2 bins a unit from −1 to 1, values beyond in the outer bins'
    """
    parts = [part.strip().partition("=") for part in setting.split(",") if part.strip()]
    given = {name: value for name, _, value in parts}
    return ", ".join(filter(None, (estimator, *_bins(given), *_named(given))))


def _bins(given: dict[str, str]) -> Iterator[str]:
    """What is said of bins, in the words of the field; it is taken out of what is given."""
    if not {"bin_size", "bin_count"} & given.keys():
        return
    words = f"bin size {given.pop('bin_size')}" if "bin_size" in given else ""
    if (count := given.pop("bin_count", "")) != "":
        words = f"{count} {'bin' if count == '1' else 'bins'} a unit"
    if {"low", "high"} <= given.keys():
        words += f" from {_number(given.pop('low'))} to {_number(given.pop('high'))}"
    yield words
    if given.pop("clip", "") == "True":
        yield "values beyond in the outer bins"
    if given.get("bin_origin") == "bounds":
        del given["bin_origin"]
        yield "borders at the bounds of the activation"
    if given.pop("conditionals", ""):
        yield "of the known p(y | x)"


def _named(given: Mapping[str, str]) -> Iterator[str]:
    for name, value in given.items():
        yield f"{_SIGNS.get(name, name.replace('_', ' '))} {value}".strip()


def _number(text: str) -> str:
    return f"{float(text):g}".replace("-", _MINUS)
