"""What became of the paper's claims about training, and its numbers in tables and curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ib_mlflow import figures
from ib_mlflow.information import DecoderInformation, Estimate
from ib_mlflow.studies.decoding.stages import NORMAL, OVERFITTED
from ib_mlflow.studies.judging.claims import in_unit
from ib_mlflow.studies.judging.verdicts import Finding, interval_of, positive
from ib_mlflow.studies.reporting.report import table_of
from ib_mlflow.studies.running.fits import Done
from projects.inversion.claims import mean_of

WARM = "warm start"
NETWORKS = (NORMAL, OVERFITTED)
Key = tuple[str, str, int]
"""Network, layer, number of updates."""


def name_of(key: Key) -> str:
    """What a decoder is called in the information.

    Example:
        >>> name_of(("normal", "FC3", 100))
        'normal FC3 100'
    """
    return f"{key[0]} {key[1]} {key[2]}"


@dataclass(frozen=True)
class Course:
    """What was found of both networks at every moment.

    Arguments:
        information: of all decoders, by `name_of`, those with a warm start behind that word.
        accuracies: on the test images, by network and number of updates.
        layers: what was inverted.
        moments: numbers of updates, ascending.
    """

    information: DecoderInformation
    accuracies: Mapping[tuple[str, int], float]
    layers: Sequence[str]
    moments: Sequence[int]

    def bound(self, key: Key) -> tuple[float, float]:
        """The negative cross-entropy and its standard error, nats."""
        estimate = self.information.negative_cross_entropy[name_of(key)]
        return estimate.value, estimate.standard_error

    def findings(self) -> list[Finding]:
        """Judge the claims of section 5.3, image by image in pairs."""
        return [finding for layer in self.layers for finding in self._of_layer(layer)]

    def _of_layer(self, layer: str) -> list[Finding]:
        first, last = self.moments[0], self.moments[-1]
        peak = max(self.moments, key=lambda moment: self.bound((NORMAL, layer, moment))[0])
        overfitted, end = (name_of((network, layer, last)) for network in (OVERFITTED, NORMAL))
        note = f"The bound is highest after {peak} updates."
        where = "Sec. 5.3; Fig. 5b"
        return [
            positive(
                f"{layer}: the bound rises at first",
                where,
                self._highest(layer, self.moments[1:], above=first),
                "nats",
                note=note,
            ),
            positive(
                f"{layer}: and falls again",
                where,
                self._highest(layer, self.moments[:-1], above=last),
                "nats",
                note=note,
            ),
            positive(
                f"{layer}: the overfitted network keeps more in the end",
                where,
                self.information.difference(overfitted, end),
                "nats",
            ),
        ]

    def _highest(self, layer: str, moments: Sequence[int], *, above: int) -> Estimate:
        """How far the highest of some moments lies above another one, image by image.

        Either half of the images is measured at the moment that is highest on the other half, so
        that the choice does not flatter the difference.
        """
        terms = self.information.terms
        curve = np.stack([terms[name_of((NORMAL, layer, moment))] for moment in moments])
        other = terms[name_of((NORMAL, layer, above))]
        found = np.empty_like(other)
        for half, rest in (np.s_[::2], np.s_[1::2]), (np.s_[1::2], np.s_[::2]):
            highest = curve[:, rest].mean(axis=1).argmax()
            found[half] = curve[highest, half] - other[half]
        return mean_of(found)

    def table(self, unit: str) -> str:
        """The bounds of every network, layer and moment."""
        rows = []
        for key in self.keys():
            network, layer, moment = key
            estimate = self.information.negative_cross_entropy[name_of(key)]
            start = name_of((network, layer, self.moments[0]))
            rows.append(
                (
                    *key,
                    f"{self.accuracies[network, moment]:.4f}",
                    in_unit(interval_of(estimate), unit),
                    in_unit(interval_of(self.information.difference(name_of(key), start)), unit),
                )
            )
        columns = ["network", "layer", "updates", "test accuracy", "−H(x|h) from below"]
        return table_of([*columns, "after the start, in pairs"], rows)

    def warm_table(self, decoders: Mapping[Key, Done], warm: Mapping[Key, Done], unit: str) -> str:
        """What a warm start costs in nats, and what it saves in updates."""
        rows = []
        for key, done in warm.items():
            price = self.information.difference(f"{WARM} {name_of(key)}", name_of(key))
            scratch = decoders[key]
            best = scratch.losses[scratch.best_update]
            reached = done.reaches(best)
            rows.append(
                (
                    *key[1:],
                    in_unit(interval_of(price), unit),
                    f"{best:.3f} nats",
                    scratch.reaches(best),
                    f"not within {done.updates}" if reached is None else reached,
                )
            )
        return table_of(
            [
                "layer",
                "updates of the classifier",
                "warm − from scratch, in pairs",
                "best held-out loss from scratch",
                "updates to it, from scratch",
                "updates to it, warm",
            ],
            rows,
        )

    def curves(self, unit: str) -> Figure:
        """Fig. 5b."""
        bounds = {
            network: {
                layer: {moment: self.bound((network, layer, moment)) for moment in self.moments}
                for layer in self.layers
            }
            for network in NETWORKS
        }
        return figures.training_bounds(bounds, label="−H(x|h) from below", unit=unit)

    def scalars(self) -> dict[str, float]:
        """End-of-run scalars for MLflow's comparison pages."""
        found = {
            f"summary/test_accuracy.{network}/{moment}": accuracy
            for (network, moment), accuracy in self.accuracies.items()
        }
        for key in self.keys():
            value, error = self.bound(key)
            where = "/".join(str(part) for part in key)
            found[f"summary/negative_cross_entropy_nats.{where}"] = value
            found[f"summary/negative_cross_entropy_se_nats.{where}"] = error
        return found

    def keys(self) -> list[Key]:
        """Every network, layer and moment."""
        return [
            (network, layer, moment)
            for network in NETWORKS
            for layer in self.layers
            for moment in self.moments
        ]
