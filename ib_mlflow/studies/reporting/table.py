"""Tables of a report, whose informations are in nats until they are written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ib_mlflow.units import Quantity


@dataclass(frozen=True)
class Table:
    """A table.

    Arguments:
        columns: the headings; below one with "{unit}" numbers stand without their units.
        rows: of texts, numbers and quantities.

    Example:
        >>> from ib_mlflow.units import nats
        >>> print(Table(["layer", "I(X;T) [{unit}]"], [(1, nats(8.0))]).markdown("nats"))
        | layer | I(X;T) [nats] |
        | --- | --- |
        | 1 | 8.000 |
    """

    columns: Sequence[str]
    rows: Iterable[Sequence[object]] = field(default_factory=tuple)

    def markdown(self, unit: str = "nats") -> str:
        """Write the table.

        Arguments:
            unit: in which informations are written.
        """
        bare = ["{unit}" in column for column in self.columns]
        headings = [column.replace("{unit}", unit) for column in self.columns]
        cells = [
            [_cell(value, unit, of) for value, of in zip(row, bare, strict=True)]
            for row in self.rows
        ]
        lines = [headings, ["---"] * len(headings), *cells]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(value: object, unit: str, bare: bool) -> str:
    if isinstance(value, Quantity):
        value = value.number(unit) if bare else value.text(unit)
    # A cell is one line of text, whatever a dataset or a class is called.
    return " ".join(str(value).split()).replace("|", "\\|")
