"""Minimal examples: clustering and compression in one neuron, and in two.

Reference:
    Goldfeld et al. (2018), "Estimating information flow in DNNs", arXiv:1810.05728, section 4 and
    Fig. 4; supplement, section 8 and Fig. 9.
"""

from typing import Any, ClassVar

import numpy as np
from pydantic import Field, model_validator

from ib_mlflow import figures
from ib_mlflow.studies.configuration import CommaList, Members, StudyConfiguration, as_text
from ib_mlflow.studies.judging.claims import in_unit
from ib_mlflow.studies.judging.intervals import mean
from ib_mlflow.studies.judging.verdicts import Finding
from ib_mlflow.studies.reporting.conclusion import in_words, log_table, verdict_counts
from ib_mlflow.studies.reporting.report import Report, log_report, table_of
from ib_mlflow.studies.study import enter
from ib_mlflow.tracking import StudyRun
from projects.noise.minimal_examples.chains import Chain, Numbers
from projects.noise.minimal_examples.claims import neuron_findings, pair_findings, weight_findings
from projects.noise.minimal_examples.drawing import NAMES, NEURON_EPOCHS, WEIGHTS, example_figures
from projects.noise.minimal_examples.information import EXACT, exact_information
from projects.noise.minimal_examples.training import Followed, Setting, follow

PAIR_START = ((-0.01, 1.5), (-1.0, -0.1))
"""w and b of both neurons. The paper shows its own in Fig. 9a and prints no number; these were
chosen, as those were, so that the inputs of one class move apart, merge, and split again."""


class Configuration(StudyConfiguration):
    """How I(X;T) of one and of two noisy neurons rises and falls as their inputs cluster."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {
            "members": 2,
            "neuron_epochs": 3000,
            "pair_epochs": 3000,
            "measured": 12,
            "repeats": 4,
            "n_queries": 500,
        },
        "quick": {
            "members": 5,
            "neuron_epochs": 3_000_000,
            "pair_epochs": 100_000,
            "measured": 200,
            "repeats": 64,
            "n_queries": 10_000,
        },
        "paper": {
            "members": 20,
            "neuron_epochs": 10_000_000,
            "pair_epochs": 200_000,
            "measured": 400,
            "repeats": 976,
            "n_queries": 40_000,
        },
    }
    members: Members = Field(ge=1, le=1000, description="networks, which differ in their noise")
    neuron_epochs: int = Field(ge=1, le=10**9, description="steps of the tanh neuron's training")
    pair_epochs: int = Field(ge=1, le=10**9, description="steps of the two neurons' training")
    measured: int = Field(ge=2, le=10_000, description="epochs that are measured, about")
    beta: float = Field(0.01, gt=0, le=10, description="standard deviation of the noise")
    betas: CommaList[float] = Field(
        (0.01, 0.05, 0.1, 0.2, 0.5), description="noises of the exact curves over the weight"
    )
    repeats: int = Field(ge=4, le=100_000, description="propagations of each input, an even number")
    n_queries: int = Field(ge=100, le=10**7, description="draws of the Monte Carlo integration")

    @model_validator(mode="after")
    def _check(self) -> "Configuration":
        if self.repeats % 2:
            raise ValueError("repeats must be even")
        if min(self.betas) <= 0 or max(self.betas) > 10 or len(set(self.betas)) < len(self.betas):
            raise ValueError("betas must be different numbers above 0, at most 10")
        return self

    def setting(self, epochs: int, marked: tuple[int, ...] = ()) -> Setting:
        """How a chain is trained and measured."""
        seeds = tuple(range(self.seed, self.seed + self.members))
        return Setting(epochs, self.measured, marked, seeds, self.repeats, self.n_queries)


def run(study: StudyRun, chosen: Configuration) -> None:
    """Follow both examples, hold the estimates against exact values, and write what was found."""
    neuron = follow(
        study,
        Chain(
            "tanh neuron",
            "tanh",
            (-3.0, -1.0, 1.0, 3.0),
            (-1.0, -1.0, -1.0, 1.0),
            ((0.0, 0.0),),
            learning_rate=0.01,
            beta=chosen.beta,
        ),
        chosen.setting(chosen.neuron_epochs, NEURON_EPOCHS),
    )
    pair = follow(
        study,
        Chain(
            "leaky ReLU pair",
            "leaky_relu",
            (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0),
            (0.0,) * 4 + (0.25,) * 4,
            PAIR_START,
            learning_rate=0.001,
            beta=chosen.beta,
        ),
        chosen.setting(chosen.pair_epochs),
    )
    by_weight = {beta: _over_weights(neuron.chain, beta) for beta in sorted(chosen.betas)}
    findings = [
        *neuron_findings(neuron),
        *weight_findings(WEIGHTS, by_weight),
        *pair_findings(pair),
    ]
    drawn = example_figures(neuron, pair, by_weight, unit=chosen.unit)
    for name, figure in drawn.items():
        study.log_figure(figure, name)
    _conclude(study, [neuron, pair], findings, chosen)


def _over_weights(chain: Chain, beta: float) -> Numbers:
    """Exact I(X;T) of the neuron over its weight, with the bias −2w: (t,) nats."""
    noisy = Chain(
        chain.name, "tanh", chain.inputs, chain.targets, chain.initial, chain.learning_rate, beta
    )
    return np.array([exact_information(noisy, np.array([[w, -2 * w]]))[0].i_x[1] for w in WEIGHTS])


def _conclude(
    study: StudyRun, followed: list[Followed], findings: list[Finding], chosen: Configuration
) -> None:
    exact = {one.chain.name: one.trajectory.select(estimator=EXACT) for one in followed}
    study.log_figure(figures.information_plane(exact, unit=chosen.unit), "information_plane.png")
    study.log_text(
        figures.information_plane_html(exact, unit=chosen.unit), "information_plane.html"
    )
    log_table(study, {one.chain.name: one.trajectory for one in followed})
    study.log_metrics(verdict_counts(findings))
    for one in followed:
        one.recording.child().log_metrics(_scalars(one))
    report = Report(
        title="Minimal examples",
        summary=f"{chosen.members} networks of one neuron and {chosen.members} of two were trained "
        f"and {len(findings)} claims of *Estimating Information Flow in DNNs* were judged over "
        f"them: {in_words(findings)}. A claim agrees where the whole 95 % interval over the "
        "networks is on its side, disagrees where the whole interval is on the other, and is "
        "undecided otherwise.",
        setting={name: as_text(value) for name, value in chosen.model_dump().items()},
        findings=findings,
        tables={f"{one.chain.name}: where it ends": _ends(one, chosen.unit) for one in followed},
        remarks=[
            "Networks start alike and differ in the noise of their training only: that they agree "
            "says that the noise decides nothing.",
            "The noise of every neuron, the last one included, is drawn anew for each input at "
            "each step of gradient descent on the mean squared error.",
            "The paper does not print the initial weights of its two neurons, nor their β; the "
            f"weights {PAIR_START} were chosen for the same course, and β = {chosen.beta:g}.",
        ],
    )
    log_report(study, report)


def _scalars(one: Followed) -> dict[str, float]:
    found = {}
    for layer in one.trajectory.layers:
        i_x = one.curves(EXACT, layer)
        found[f"summary/i_x_nats.layer_{layer}"] = float(i_x[:, -1].mean())
        found[f"summary/compression_nats.layer_{layer}"] = float(
            (i_x.max(axis=1) - i_x[:, -1]).mean()
        )
    return found


def _ends(one: Followed, unit: str) -> str:
    """Write I(X;T) and I(T;Y) at the end, by every estimator, with intervals over networks."""
    rows = []
    for layer in one.trajectory.layers:
        for key, name in NAMES.items():
            ends = [one.curves(key, layer, column)[:, -1] for column in ("i_x", "i_y")]
            rows.append((layer, name, *(in_unit(mean(end), unit) for end in ends)))
    return table_of(["layer", "estimator", "I(X;T)", "I(T;Y)"], rows)


if __name__ == "__main__":
    enter("minimal_examples", Configuration, run)
