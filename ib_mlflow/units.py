"""Units of information: nats inside, the reader's unit where a number is written."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

SCALES = {"nats": 1.0, "bits": 1 / math.log(2)}
"""What nats are multiplied by to become the unit."""


def scale_of(unit: str) -> float:
    """What nats are multiplied by to become the unit.

    Example:
        >>> round(scale_of("bits"), 4)
        1.4427
    """
    return SCALES[unit]


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, and its 95 % limits if it has some; written when a unit is asked for.

    Arguments:
        value: the number; NaN where there is none.
        low: its lower limit; infinite where none can be given.
        high: its upper limit.
        unit: "nats" for an information, or what begins with it, as "nats per epoch": written in the
            reader's unit; any other unit, as "cells", is written as it is.
        digits: decimals; None for four digits that count.
        singles: the numbers that it is the mean of, where they are too few for limits.
        estimated: what stood in place of the number before it was brought within its range, if
            that was elsewhere.

    Example:
        >>> Quantity(math.log(2), 0.0, 2 * math.log(2), "nats").text("bits")
        '1.000 bits [0.000, 2.000]'
    """

    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    digits: int | None = 3
    singles: tuple[float, ...] = ()
    estimated: float | None = None

    def text(self, unit: str = "nats") -> str:
        """Write the number, its unit and its limits.

        Arguments:
            unit: "nats" or "bits", in which informations are written.
        """
        if math.isnan(self.value):
            return "– [no network is left]"
        name = self.unit.replace("nats", unit, 1) if self._informs else self.unit
        value = f"{self.number(unit)} {name}".rstrip()
        if self.low is None or self.high is None:
            return value
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            if len(self.singles) == 1:
                return f"{value} [no interval of one]"
            singles = ", ".join(self._written(single, unit) for single in sorted(self.singles))
            return f"{value} [no interval from so few{f': {singles}' if singles else ''}]"
        low, high = (self._written(limit, unit) for limit in (self.low, self.high))
        if self.estimated is None or self._written(self.estimated, unit) == self.number(unit):
            return f"{value} [{low}, {high}]"
        return f"{value} [{low}, {high}; estimated {self._written(self.estimated, unit)}]"

    def number(self, unit: str = "nats") -> str:
        """Write the number alone, where its unit is said elsewhere."""
        return self._written(self.value, unit)

    @property
    def _informs(self) -> bool:
        """Whether it is an amount of information, or a rate of one."""
        return self.unit.split(" ")[0] == "nats"

    def _written(self, number: float, unit: str) -> str:
        number *= scale_of(unit) if self._informs else 1.0
        if self.digits is None:
            return f"{number:.4g}"
        # Adding zero turns the -0.000 of rounding into 0.000.
        return f"{round(number, self.digits) + 0.0:.{self.digits}f}"


def nats(value: float, digits: int | None = 3) -> Quantity:
    """An amount of information without limits; arguments as for `Quantity`.

    Example:
        >>> nats(math.log(2)).text("bits"), nats(0.0693).text()
        ('1.000 bits', '0.069 nats')
    """
    return Quantity(float(value), unit="nats", digits=digits)


Words = tuple[str | Quantity, ...]
"""A text whose numbers are not written yet."""


def joined(texts: Iterable[Words], separator: str = ", ") -> Words:
    """Join texts whose numbers are not written yet.

    Arguments:
        texts: to stand one after the other.
        separator: what stands between them.

    Example:
        >>> text_of(joined([("one ", nats(0.1)), ("another ", nats(0.2))]))
        'one 0.100 nats, another 0.200 nats'
    """
    words: Words = ()
    for text in texts:
        words = (*words, separator, *text) if words else text
    return words


def text_of(words: Iterable[object], unit: str = "nats") -> str:
    """Write a text with its numbers.

    Arguments:
        words: texts and quantities.
        unit: in which informations are written.

    Example:
        >>> text_of(("Lost: ", nats(math.log(4)), "."), "bits")
        'Lost: 2.000 bits.'
    """
    return "".join(word.text(unit) if isinstance(word, Quantity) else str(word) for word in words)
