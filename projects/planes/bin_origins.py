"""What it changes where the borders of bins lie: at 0, or at the bounds of tanh.

Reference:
    Revisiting the Information Plane, appendix G.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from ib_mlflow.studies.judging.intervals import information, mean
from ib_mlflow.studies.judging.judgements import Judgement
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.trajectory.members import at_end
from . import bin_claims
from .bin_readings import BinSweep, Swept

NAMES = {"zero": "a border at 0", "bounds": "borders at -1 and 1"}
JUDGED: dict[str, Callable[[Swept], Judgement]] = {
    "smaller bins: nearer to the corner": bin_claims.drifts,
    "more at the first hidden layer": bin_claims.drifts_more_at_the_input,
    "the output's end stays": bin_claims.output_stays,
}
"""The claims about bin sizes that borders can turn."""


def origins_table(readings: BinSweep) -> Table:
    """What tanh layers show at the end with borders at both places, and what is judged of it.

    Arguments:
        readings: of the study; networks that were measured with borders at both places.

    Returns:
        A row a network, bin size and layer: both informations, and their difference in pairs; and
        a row a claim, with both verdicts, but for a smoke test.
    """
    chosen = readings.configuration.bin_origin
    other = readings.configuration.other_origin
    columns = ["networks", "what", NAMES[chosen], NAMES[other], "difference, in pairs"]
    rows = [row for swept in readings.all_of("tanh") for row in _rows(swept)]
    if not readings.configuration.smoke:
        rows += [row for swept in readings.all_of("tanh") for row in _verdicts(swept)]
    return Table(columns, rows)


def _rows(swept: Swept) -> Iterator[tuple[object, ...]]:
    moved = replace(swept, other=True)
    for size, plane in swept.by_size.items():
        for layer in plane.layers:
            ours, theirs = (at_end(each.by_size[size], "i_x", layer) for each in (swept, moved))
            yield (
                swept.name,
                f"I(X;T) at the end, layer {layer}, bins of {size:g}",
                information(ours, plane.guides.h_x).quantity("nats"),
                information(theirs, plane.guides.h_x).quantity("nats"),
                mean(ours - theirs).quantity("nats"),
            )


def _verdicts(swept: Swept) -> Iterator[tuple[object, ...]]:
    moved = replace(swept, other=True)
    if len(swept.by_size) > 1:
        for name, judge in JUDGED.items():
            verdicts = judge(swept).verdict, judge(moved).verdict
            turned = "–" if verdicts[0] == verdicts[1] else "it hangs on the borders"
            yield swept.name, f"verdict: {name}", *verdicts, turned
