"""Types of parameters that several studies share, and how a parameter's values are written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MultipleOf
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.fields import FieldInfo

T = TypeVar("T")


def _each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise ValueError("name each value once")
    return values


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",")]


@dataclass(frozen=True)
class NoneOr:
    """Lets 0 through, which stands for none, and what is large enough to be told from it."""

    least: float

    def __call__(self, value: float) -> float:
        """The value; refuse one between 0 and the least."""
        if 0 < value < self.least:
            raise ValueError(f"what is smaller than {self.least:g} changes nothing")
        return value


CommaList = Annotated[
    tuple[T, ...],
    Field(min_length=1),
    BeforeValidator(lambda value: _items(value) if isinstance(value, str) else value),
]
"""A list in one word, as `mlflow run` passes it best: `10,7,5`."""
Distinct = Annotated[CommaList[T], AfterValidator(_each_once)]
"""Such a list whose values all differ: `0.01,0.07`."""
Activation = Literal["tanh", "relu", "leaky_relu", "linear", "sigmoid"]
Units = Annotated[int, Field(ge=1, le=100_000)]
Hidden = Annotated[CommaList[Units], Field(max_length=100)]
"""Units of the hidden layers, from the first on."""
LearningRate = Annotated[float, Field(ge=1e-8, le=100)]
"""A smaller step changes no bit of a weight in single precision."""
Share = Annotated[float, Field(ge=0.001, le=0.999)]
"""A part of a data set, of which something is in it and something is not."""
BinSize = Annotated[float, Field(ge=1e-9, le=100)]
"""Narrower bins have no number in 64 bits where activations grow, and tell no more apart."""
Variance = Annotated[float, Field(ge=1e-9, le=1e6)]
"""Of noise: a smaller one is lost in what single precision leaves of an activation."""
Variances = Distinct[Variance]
BinOrigin = Literal["zero", "bounds"]
BIN_ORIGIN = "where bins have a border: at 0, or at the activation's bounds, -1 and 1 of tanh"
Beta = Annotated[float, Field(ge=1e-6, le=10)]
"""A smaller deviation of the noise changes few activations near 1 in single precision."""
Strength = Annotated[float, Field(ge=0, le=1), AfterValidator(NoneOr(1e-8))]
"""Of a regularisation; 0: none."""
Dropped = Annotated[float, Field(ge=0, le=0.999), AfterValidator(NoneOr(1e-6))]
"""A part that is left out, or kept of what was; 0: none."""
Fall = Annotated[float, Field(ge=0, le=100), AfterValidator(NoneOr(1e-9))]
"""By which a loss must be lower, in nats."""
DecoderRate = Annotated[float, Field(ge=1e-8, le=1)]
"""The learning rate of a decoder, whose steps Adam scales."""


def as_text(value: object) -> str:
    """A parameter's value as one word: lists with commas, truth values as true and false.

    Example:
        >>> as_text((0.01, 0.07)), as_text(True)
        ('0.01,0.07', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return ",".join(as_text(item) for item in value)
    return str(value)


def range_of(field: FieldInfo) -> str:
    """What a parameter may be: its choices, or the limits of its number.

    Example:
        >>> from pydantic import BaseModel
        >>> class Model(BaseModel):
        ...     epochs: int = Field(8, ge=1, le=100)
        ...     unit: Literal["nats", "bits"] = "nats"
        >>> [range_of(field) for field in Model.model_fields.values()]
        ['≥ 1, ≤ 100', 'nats|bits']
    """
    inner, metadata = _unwrapped(field.annotation, list(field.metadata))
    text = _limits(metadata)
    if get_origin(inner) is Literal:
        text = "|".join(str(choice) for choice in get_args(inner))
    elif inner is bool:
        text = "true|false"
    return text


def is_number(field: FieldInfo) -> bool:
    """Whether a parameter is a number, or several."""
    inner, _ = _unwrapped(field.annotation, [])
    return inner in (int, float)


def is_list(field: FieldInfo) -> bool:
    """Whether a parameter takes several values, separated by commas."""
    return get_origin(field.annotation) is tuple


def _unwrapped(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """The innermost type and what is asked of it; of a list those of its values."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            metadata = [*metadata, *_flat(more)]
        elif get_origin(annotation) is tuple:
            annotation, metadata = get_args(annotation)[0], []
        else:
            return annotation, metadata


def _flat(metadata: list[Any]) -> Iterator[Any]:
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from each.metadata
        else:
            yield each


SYMBOLS = {Ge: ("≥", "ge"), Gt: (">", "gt"), Le: ("≤", "le"), Lt: ("<", "lt")}


def _limits(metadata: list[Any]) -> str:
    parts = []
    for limit in metadata:
        if type(limit) in SYMBOLS:
            symbol, name = SYMBOLS[type(limit)]
            value = getattr(limit, name)
            parts.append(f"{symbol} {int(value) if value == int(value) else value}")
        elif isinstance(limit, MultipleOf):
            parts.append(f"a multiple of {limit.multiple_of}")
        elif isinstance(limit, AfterValidator) and isinstance(limit.func, NoneOr):
            parts = ["0" if part == "≥ 0" else part for part in parts]
            parts.append(f"or ≥ {limit.func.least:g}")
    return ", ".join(parts)
