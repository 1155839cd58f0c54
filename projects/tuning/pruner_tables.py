"""Pruners on the same budget: what each would have stopped of a search that stopped nothing."""

from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.tuning import Replay, replays
from ib_mlflow.units import Quantity, nats
from .decoder_readings import DecoderSearch
from .tables import search_tables

FEWEST = 3
"""Trials with values without which pruners are not compared."""
HEADING = "Pruners on the same budget"
REMARK = (
    "Pruners are compared on the trials of this search, all of which went to their ends: each is "
    "shown what it would have seen, and stops what it would have stopped. The budget is what the "
    "thriftiest takes for all trials, in updates; a pruner that takes more for each is cut off "
    "there. The Wilcoxon pruner compares two decoders by their losses of 50 held-out images. "
    "Points are those that were drawn here; a sampler that learns would have drawn others after a "
    "stop."
)

ELSEWHERE = (
    "What pruners spare is compared where a search stops nothing, with `pruner=none`: of a trial "
    "that was stopped nobody knows where it would have ended, and those that were not are the ones "
    "that pruners leave alone."
)


def decoder_tables(readings: DecoderSearch) -> dict[str, Table]:
    """The best trials and, where nothing was stopped, the pruners beside each other.

    Arguments:
        readings: of the search.
    """
    compared = pruner_replays(readings)
    tables = search_tables(readings.searched)
    if compared:
        tables[HEADING] = _table(compared)
    return tables


def decoder_remarks(readings: DecoderSearch) -> list[str]:
    """What a reader must know of the comparison, or where it stands."""
    if readings.searched.job.plan.pruner != "none":
        return [ELSEWHERE]
    return [REMARK] if pruner_replays(readings) else []


def pruner_replays(readings: DecoderSearch) -> list[Replay]:
    """Every pruner on the trials of a search that stopped nothing; empty of others."""
    searched = readings.searched
    if searched.job.plan.pruner != "none" or len(searched.complete) < FEWEST:
        return []
    compared = replays(searched.study, searched.job.plan, searched.outcome.trials)
    return list(compared) if len(compared[0].trials) >= FEWEST else []


def _table(compared: list[Replay]) -> Table:
    budget = min(replay.spent for replay in compared)
    rows = []
    for replay in compared:
        within = replay.within(budget)
        every = [trial.value for trial in replay.trials if trial.value is not None]
        values = [trial.value for trial in within if trial.value is not None]
        rows.append(
            (
                replay.pruner,
                f"{replay.stopped} of {len(replay.trials)}",
                replay.spent,
                _best(every),
                len(within),
                _best(values),
            )
        )
    return Table(
        [
            "pruner",
            "stops",
            "updates of all trials",
            "best loss [{unit}]",
            f"trials within {budget} updates",
            "best loss of these [{unit}]",
        ],
        rows,
    )


def _best(values: list[float]) -> Quantity | str:
    return nats(min(values), None) if values else "none"
