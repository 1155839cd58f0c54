"""How a network is fitted: steps, rates, averages, and when to stop."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ib_mlflow.errors import InvalidInputError

Precision = Literal["auto", "float32", "bfloat16"]
Optimiser = Literal["adam", "sgd"]
BETAS = (0.9, 0.999)


@dataclass(frozen=True)
class Plan:
    """The numbers of a training, by Adam or by stochastic gradient descent with momentum.

    Reference:
        Kingma & Ba (2015), "Adam", arXiv:1412.6980; Salimans et al. (2017), "PixelCNN++",
        arXiv:1701.05517, whose code decays the rate at every update and evaluates averaged
        weights; Loshchilov & Hutter (2017), "SGDR", arXiv:1608.03983, for the cosine.

    Arguments:
        updates: the most updates of the weights.
        batch_size: samples of an update.
        learning_rate: step size of the first update.
        decay: what the rate is multiplied by after each update, in (0, 1]; or "cosine", from
            `learning_rate` at the first update to zero after the last.
        betas: decay rates of Adam's two moments, each in [0, 1).
        average: decay rate of the weights' moving average, in [0, 1), which is what is evaluated
            and handed over; 0 for the weights themselves. Over the first updates the average
            forgets faster: its rate is at most (1 + t) / (10 + t) at update t.
        evaluate: how many updates lie between two evaluations, or the updates to evaluate at.
            The first evaluation is before training, the last after the last update.
        patience: evaluations without a better held-out loss before training stops; None to go on
            to the last update.
        shares: pieces that an update's batch is computed in, so that less has to fit in memory.
            Their gradients are added. Under torchrun they are spread over the processes, and
            rounded up to a multiple of their number.
        precision: "bfloat16" for mixed precision; "auto" for that where a GPU has it.
        optimiser: "adam", or "sgd" for plain gradient descent.
        momentum: of "sgd", in [0, 1): the share of the last step that is taken again.
        weight_decay: of "sgd", at least 0: how much of each weight is added to its slope.
        warm_up: updates over which the rate rises in equal steps to what it would be; 0 for none.
        least_fall: what the held-out loss must have fallen by over the last tenth of the updates
            for training to go on, in its unit; judged from the tenth evaluation. None to go on.

    Raises:
        InvalidInputError: a number is out of range, or `least_fall` is given with a cosine.

    Example:
        >>> plan = Plan(updates=2500, evaluate=1000)
        >>> plan.evaluations
        (0, 1000, 2000, 2500)
        >>> Plan(updates=100, learning_rate=0.1, decay="cosine", optimiser="sgd", momentum=0.9,
        ...      weight_decay=5e-4).rate(51)
        0.05
    """

    updates: int
    batch_size: int = 64
    learning_rate: float = 1e-3
    decay: float | Literal["cosine"] = 1.0
    betas: tuple[float, float] = BETAS
    average: float = 0.0
    evaluate: int | tuple[int, ...] = 1000
    patience: int | None = None
    shares: int = 1
    precision: Precision = "auto"
    optimiser: Optimiser = "adam"
    momentum: float = 0.0
    weight_decay: float = 0.0
    warm_up: int = 0
    least_fall: float | None = None

    def __post_init__(self) -> None:
        for name in ("updates", "batch_size", "shares"):
            _check_count(name, getattr(self, name))
        if self.patience is not None:
            _check_count("patience", self.patience)
        if self.warm_up != 0:
            _check_count("warm_up", self.warm_up)
        every = self.evaluate if isinstance(self.evaluate, tuple | list) else (self.evaluate,)
        for update in every:
            _check_count("evaluate", update)
        if self.shares > self.batch_size:
            raise InvalidInputError(
                "an update must have a sample for each of its shares",
                received=f"shares={self.shares} of batch_size={self.batch_size}",
                fix="Raise batch_size, or lower shares.",
            )
        if not isinstance(self.evaluate, int) and max(every, default=0) > self.updates:
            raise InvalidInputError(
                "evaluations must lie within the updates",
                received=f"one at {max(every)} of {self.updates}",
                fix="Raise updates, or leave it out.",
            )
        _check_between("learning_rate", self.learning_rate, 0.0, math.inf)
        _check_between("average", self.average, -math.ulp(0.0), 1.0)
        if not isinstance(self.betas, tuple | list) or len(self.betas) != 2:
            raise InvalidInputError(
                "betas must be two numbers", received=repr(self.betas), fix="Use (0.9, 0.999)."
            )
        for beta in self.betas:
            _check_between("betas", beta, -math.ulp(0.0), 1.0)
        if self.decay != "cosine":
            _check_between("decay", self.decay, 0.0, math.nextafter(1.0, 2.0))
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise InvalidInputError(
                "precision must be auto, float32 or bfloat16",
                received=repr(self.precision),
                fix="Use auto.",
            )
        self._check_optimiser()
        self._check_convergence()

    @property
    def evaluations(self) -> tuple[int, ...]:
        """The updates at which the network is evaluated, ascending: 0, …, the last."""
        every = self.evaluate
        between = range(every, self.updates, every) if isinstance(every, int) else every
        return tuple(sorted({0, *between, self.updates}))

    @property
    def halfway(self) -> int | None:
        """The last evaluation within half of the updates; None where convergence is not asked for.

        At a rate that does not end by itself the network is there what half of the updates would
        have made it.

        Example:
            >>> Plan(updates=100, evaluate=20, least_fall=0.1).halfway
            40
        """
        if self.least_fall is None:
            return None
        early = [update for update in self.evaluations if 0 < update <= self.updates / 2]
        return early[-1] if early else None

    def rate(self, update: int) -> float:
        """The learning rate of an update, from 1 to `updates`.

        Reference:
            Goyal et al. (2017), arXiv:1706.02677, section 2.2, for its rise.

        Example:
            >>> Plan(updates=100, learning_rate=0.5, decay=0.5).rate(3)
            0.125
            >>> Plan(updates=100, learning_rate=0.5, decay="cosine").rate(51)
            0.25
            >>> Plan(updates=100, learning_rate=0.5, warm_up=5).rate(2)
            0.2
        """
        rate = self.learning_rate * min(1.0, update / max(1, self.warm_up))
        if self.decay == "cosine":
            return rate * 0.5 * (1 + math.cos(math.pi * (update - 1) / self.updates))
        return rate * float(self.decay) ** (update - 1)

    def averaging(self, update: int) -> float:
        """The share of the old average that is kept at an update.

        Example:
            >>> Plan(updates=100, average=0.99).averaging(1)
            0.18181818181818182
        """
        return min(self.average, (1 + update) / (10 + update))

    def settings(self) -> dict[str, Any]:
        """The numbers as plain values, for a checkpoint or an identity; only those in use."""
        others = {"optimiser", "momentum", "weight_decay"} if self.optimiser == "adam" else set()
        if self.least_fall is None:
            others.add("least_fall")
        if not self.warm_up:
            others.add("warm_up")
        return {name: value for name, value in asdict(self).items() if name not in others}

    def _check_convergence(self) -> None:
        if self.least_fall is None:
            return
        _check_between("least_fall", self.least_fall, 0.0, math.inf)
        if self.decay == "cosine":
            raise InvalidInputError(
                "least_fall needs a rate that does not end by itself: where it falls to zero, any "
                "training looks converged",
                received='decay="cosine"',
                fix="Use decay=1.0, and average=0.999 or so to quieten the weights.",
            )

    def _check_optimiser(self) -> None:
        if self.optimiser not in ("adam", "sgd"):
            raise InvalidInputError(
                "optimiser must be adam or sgd", received=repr(self.optimiser), fix="Use adam."
            )
        _check_between("momentum", self.momentum, -math.ulp(0.0), 1.0)
        _check_between("weight_decay", self.weight_decay, -math.ulp(0.0), math.inf)
        if self.optimiser == "adam" and (self.momentum or self.weight_decay):
            raise InvalidInputError(
                "momentum and weight_decay are numbers of sgd; adam has betas",
                received=f"momentum={self.momentum}, weight_decay={self.weight_decay}",
                fix='Leave them out, or use optimiser="sgd".',
            )
        if self.optimiser == "sgd" and tuple(self.betas) != BETAS:
            raise InvalidInputError(
                "betas are numbers of adam; sgd has momentum",
                received=f"betas={self.betas}",
                fix="Leave them out, or give momentum.",
            )


def _check_count(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidInputError(
            f"{name} must be a whole number, at least 1",
            received=repr(value),
            fix="Count updates, samples or evaluations.",
        )


def _check_between(name: str, value: object, low: float, high: float) -> None:
    number = not isinstance(value, bool) and isinstance(value, int | float)
    if not number or not low < float(value) < high:  # type: ignore[arg-type]
        raise InvalidInputError(
            f"{name} is out of range", received=repr(value), fix="See the arguments of Plan."
        )
