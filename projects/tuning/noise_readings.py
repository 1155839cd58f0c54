"""What is read of a search over noise: the front, the choice, and how small β may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ib_mlflow.figures import relations
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.verdicts import Judgement, Verdict
from ib_mlflow.studies.reporting.evidence import Evidence
from ib_mlflow.studies.reporting.scalars import ERROR, UNKNOWN
from ib_mlflow.tuning import compare
from ib_mlflow.units import Quantity, Words, nats, scale_of, text_of
from .noise_configuration import BETA, LOSS, Configuration
from .readings import SearchReadings, network_remarks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ib_mlflow.studies.running.runner import Runner

PAPER_ERROR = 0.4
"""The error, in nats, that the paper lets an estimate have: 5 % of its figure's scale."""
REMARKS = (
    "The error of an estimate is its standard error and what lies between it and its lower bound. "
    "What is seen of the bias is in both, so that it errs on the wide side. It is known of the "
    "propagations and draws that were given, not of the paper's.",
    "What is unknown is the error over what the layer has lost of X, ln n − I(X;T), at most 1, on "
    "average over the layers at the end of training. A layer that still knows all of X is measured "
    "with a small error and tells nothing: it counts as 1. So small errors at small β count for "
    "little.",
    "The rule: of the trials whose estimates are worth something, those whose loss is within one "
    "standard error of the lowest; of these the one of which the least is unknown.",
)


@dataclass(frozen=True, eq=False)
class NoiseSearch(SearchReadings):
    """A search over noise."""

    configuration: Configuration

    def register(self, runner: "Runner") -> None:
        """Register the networks that are chosen, if any are."""
        number, name = self.chosen, self.configuration.model
        if number is not None:
            version = self.searched.trained(runner.study, number).register(name)
            runner.study.log_tags({"chosen_model": f"models:/{name}/{version}"})

    @cached_property
    def trials(self) -> pd.DataFrame:
        """The trials with values: β, loss, error, and whether the estimate is worth something."""
        table = self.searched.complete
        rows = table.assign(beta=table[BETA].astype(float))
        near = rows[ERROR] <= self.configuration.accuracy
        known = rows[UNKNOWN] <= self.configuration.unknown
        return rows.assign(worth=rows["feasible"] & near & known, lost=known)

    @property
    def chosen(self) -> int | None:
        """The trial that the rule chooses; None where no estimate is worth something."""
        rows = self.trials[self.trials["worth"]]
        if rows.empty:
            return None
        best = _least(rows, LOSS)
        error = best[f"{LOSS} se"]
        near = rows[rows[LOSS] <= best[LOSS] + (error if np.isfinite(error) else 0.0)]
        return int(_least(near, UNKNOWN)["number"])

    @property
    def remarks(self) -> list[str]:
        """How the search went, and what was chosen."""
        number = self.chosen
        words = (
            "No estimate was worth something, and nothing was chosen: take more repeats, or other "
            "β."
        )
        if number is not None:
            words = (
                f"Chosen: trial {number}, {self.searched.short_words(number)}. Its networks are "
                f"`models:/{self.configuration.model}@chosen` in the registry."
            )
        return [words, *super().remarks]

    @property
    def evidence(self) -> Evidence:
        """What the conclusion rests on; the trials are what is judged over."""
        evidence = super().evidence
        betas = self.trials["beta"]
        worth = {"summary/smallest_beta_worth_something": betas[self.trials["worth"]].min()}
        known = {name: float(value) for name, value in worth.items() if np.isfinite(value)}
        fields = {**vars(evidence), "over": "trials", "metrics": {**evidence.metrics, **known}}
        return Evidence(**fields)


def noise_remarks(readings: NoiseSearch) -> list[str]:
    """What a reader must know of the errors, of the rule, and of how the search went."""
    worth: Words = (
        "An estimate is worth something if it is reliable in every layer, its error is at most "
        "`accuracy`, ",
        nats(readings.configuration.accuracy, 2),
        ", in the layer where it is largest, and no more is unknown than `unknown` says. The "
        "paper's ",
        nats(PAPER_ERROR, 2),
        " are 5 % of its figure's scale.",
    )
    unit = readings.configuration.unit
    return [*REMARKS, text_of(worth, unit), *network_remarks(readings)]


def small_noise_is_lost(readings: NoiseSearch) -> Judgement:
    """Whether estimates are worth less the smaller β is, and from where they are worth nothing.

    By the rank correlation of error and β, with its 95 % interval, over the trials of which no more
    is unknown than may be: in others the layers still know nearly all of X, at no error.
    """
    rows = readings.trials
    judged = rows[rows["lost"]]
    if len(judged) < 4 or judged["beta"].nunique() < 4:
        words = f"Fewer than four trials whose layers have lost something of X; {_limit(readings)}"
        return Judgement("undecided", (words,))
    low, value, high = _rank_correlation(judged["beta"], judged[ERROR])
    words = (
        f"Rank correlation of error and β {value:.2f} [{low:.2f}, {high:.2f}] over {len(judged)} "
        f"trials whose layers have lost something of X; {_limit(readings)}"
    )
    verdict: Verdict = "agrees" if high < 0 else "disagrees" if low > 0 else "undecided"
    return Judgement(verdict, (words,))


def _limit(readings: NoiseSearch) -> str:
    """From where on estimates are worth nothing."""
    rows = readings.trials
    lost, kept = rows[~rows["worth"]]["beta"], rows[rows["worth"]]["beta"]
    if kept.empty:
        return "no estimate was worth something."
    if lost.empty:
        return f"all estimates were worth something, down to β = {kept.min():.3g}."
    return (
        f"the smallest β with an estimate that is worth something is {kept.min():.3g}, and the "
        f"largest without one {lost.max():.3g}."
    )


def backs_off(readings: NoiseSearch) -> Judgement:
    """Whether the β of the lowest loss has an estimate that is worth nothing, and others cost loss.

    It agrees where every trial with an estimate that is worth something loses more, by intervals
    that hold together over all pairs of trials, for both that are compared were chosen for their
    loss; and where the nearest of them has a higher β.
    """
    rows = readings.trials.set_index("number")
    comparison = compare(readings.searched.scored(), "min")
    number = comparison.best.number
    best = rows.loc[number]
    kind = "reliable" if best["feasible"] else "not reliable"
    words: Words = (
        f"Trial {number} has the lowest loss, ",
        nats(rows[LOSS].loc[number], None),
        f", at β = {best['beta']:.3g}; its estimate is {kind}, with an error of ",
        nats(rows[ERROR].loc[number], None),
        f", and {best[UNKNOWN]:.0%} of what its layers have lost of X is unknown.",
    )
    rivals = [rival for rival in comparison.rivals if rows.loc[rival.scored.number, "worth"]]
    if best["worth"] or not rivals:
        # That it is not needed here says nothing of where it is.
        return Judgement("undecided", words)
    nearest, alike = rivals[0], sum(not rival.worse for rival in rivals)
    beta = rows["beta"].loc[nearest.scored.number]
    words += (
        " The lowest loss with one that is worth something is ",
        nats(nearest.scored.value, None),
        f", at β = {beta:.3g}, which is ",
        Quantity(nearest.difference, nearest.low, nearest.high, "nats", digits=None),
        f" more; {alike} of {len(rivals)} such trials cannot be told from the best.",
    )
    return Judgement("agrees" if not alike and beta > best["beta"] else "undecided", words)


CLAIMS: Sequence[Claim[NoiseSearch, NoiseSearch]] = (
    Claim(
        "the smaller β is, the more samples the estimator requires: of a fixed number its error "
        "rises",
        "Remark 1",
        small_noise_is_lost,
    ),
    Claim(
        "it is sometimes necessary to back off from the β that optimises performance to a higher "
        "value to ensure accurate estimation of mutual information",
        "Remark 1",
        backs_off,
    ),
)


def noise_figures(readings: NoiseSearch) -> "dict[str, Figure]":
    """Loss and error against β, a dot a trial."""
    rows, unit = readings.trials, readings.configuration.unit
    groups, scale = rows.get("activations", "networks"), scale_of(unit)
    table = rows.assign(
        group=groups,
        loss=rows[LOSS] * scale,
        error=rows[ERROR] * scale,
        unknown=rows[UNKNOWN],
    )
    return {
        "noise.png": relations(
            table,
            across={"beta": "β"},
            up={
                "loss": f"validation loss [{unit}]",
                "unknown": "unknown share of what is lost",
                "error": f"error of I(X;T) [{unit}]",
            },
            logarithmic=("beta",),
        )
    }


def _rank_correlation(first: pd.Series, second: pd.Series) -> tuple[float, float, float]:
    """Spearman's, with Fisher's interval (Bonett & Wright 2000)."""
    value = float(first.rank().corr(second.rank()))
    spread = np.sqrt((1 + value**2 / 2) / max(len(first) - 3, 1)) * 1.96
    centre = np.arctanh(np.clip(value, -0.999999, 0.999999))
    return float(np.tanh(centre - spread)), value, float(np.tanh(centre + spread))


def _least(rows: pd.DataFrame, column: str) -> "pd.Series[Any]":
    """The trial where a number is smallest, the first of several."""
    return rows.sort_values([column, "number"]).iloc[0]
