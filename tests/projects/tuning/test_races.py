"""`tune` with networks that race seed by seed, and that decide after the trials."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.slow  # what races do is tested quickly in tests/studies/searching
SMALL = {
    "scale": "toy",
    "given": "scale=toy;members=8;epochs=12;hidden=4,3",
    "measured": 3,
    "sampler": "grid",
    "objective": "summary/val_loss_nats:min",
    "space": "learning_rate=0.00001|0.5|0.00002|0.00003|0.4",
    "trials": 5,
    "pruner": "wilcoxon",
}
RACE = SMALL | {"race": 4, "deciding": 3}


@pytest.fixture(scope="module")
def store(store_at, tmp_path_factory):
    """A store with a race in it."""
    own = store_at(tmp_path_factory.mktemp("races"))
    code, printed = own.run("tune", **RACE)
    assert code == 0, printed
    return own


def table_of(store):
    return pd.read_parquet(store.artifact(store.study("tune"), "trials.parquet"))


def heats_of(store):
    """By trial its child runs, the first heat first."""
    runs = sorted(store.children(store.study("tune")), key=lambda run: len(run.info.run_name))
    heats = {}
    for run in runs:
        heats.setdefault(run.info.run_name.partition(",")[0], []).append(run)
    return heats


def test_a_point_that_is_worse_seed_by_seed_is_trained_on_no_more_networks(store):
    table = table_of(store)
    states = Counter(table["state"])
    # The first point has no rival; a slow one after a fast one is stopped after four networks.
    assert states["PRUNED"] >= 1, table
    heats = heats_of(store)
    further = table["networks"].sum() - 8 * states["COMPLETE"]
    assert further == RACE["deciding"]
    for _, row in table.iterrows():
        runs = heats[f"trial {row['number']}"]
        raced = [run for run in runs if "seed " not in run.info.run_name]
        assert len(raced) == (1 if row["state"] == "PRUNED" else 2)
        assert {run.data.tags["ib.trial_state"] for run in raced} == {row["state"]}
        assert {run.info.status for run in raced} == {"FINISHED"}
        if row["state"] == "PRUNED":
            assert float(row["learning_rate"]) < 0.1
            assert row["networks"] == 0


def test_networks_that_decide_are_of_what_may_be_best_and_count(store):
    table = table_of(store).set_index("number")
    more = table[table["networks"] > 8]
    assert not more.empty
    assert (more["learning_rate"].astype(float) > 0.1).all()
    number = int(more.index[0])
    runs = heats_of(store)[f"trial {number}"]
    single = [run for run in runs if "seed " in run.info.run_name]
    assert len(single) == more.loc[number, "networks"] - 8
    heats = [run for run in runs if run not in single]
    means = [run.data.metrics["summary/val_loss_nats"] for run in (*heats, *single)]
    sizes = [4, 4, *[1] * len(single)]
    assert more.loc[number, "summary/val_loss_nats"] == pytest.approx(
        np.average(means, weights=sizes), rel=1e-9
    )
    report = store.artifact(store.study("tune"), "report.md").read_text(encoding="utf-8")
    assert "Points raced, 4 networks at a time" in report
    assert "After the trials more networks were trained" in report


def test_the_same_command_trains_nothing_again_and_says_the_same(store):
    before = table_of(store)
    known = {run.info.run_id for run in trained(store)}
    code, printed = store.run("tune", **RACE)
    assert code == 0, printed
    pd.testing.assert_frame_equal(table_of(store), before)
    assert {run.info.run_id for run in trained(store)} == known
    # What the second command shows of them is found by the same tags.
    shown = store.children(store.study("tune"))
    assert shown
    for run in shown:
        number = int(run.info.run_name.partition(",")[0].removeprefix("trial "))
        assert run.data.tags["ib.reused_from"] in known
        assert run.data.tags["ib.trial"] == str(number)
        assert run.data.tags["ib.trial_state"] == before.set_index("number")["state"][number]


def trained(store):
    """The runs of trials that were trained, and not only shown."""
    runs = store.runs("tags.`ib.trial` != ''")
    return [run for run in runs if "ib.reused_from" not in run.data.tags]
