from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.studies.running.groups import PLANE, Group
from ib_mlflow.studies.running.training import Trained, TrainedGroup
from ib_mlflow.trajectory import Guides, LossCurves, Trajectory
from ib_mlflow.units import text_of
from projects.planes import stopping_claims
from projects.planes.stopping import Configuration
from projects.planes.stopping_claims import CLAIMS
from projects.planes.stopping_readings import Stops
from projects.planes.stopping_reports import stopping_figures, stopping_tables

MEMBERS, LAST, PATIENCE = 20, 400, 10
EPOCHS = (*range(41), *range(42, LAST + 1, 2))
TIMES = np.round(np.geomspace(40, 200, MEMBERS)).astype(int)
"""When each network has its lowest loss, an epoch of its own."""


def hill(tops, low=1.0):
    """A curve a network that rises to 5 nats at its top, and falls to less: (e, t)."""
    epochs = np.array(EPOCHS, dtype=float)
    rising = 5 * epochs / tops[:, None]
    falling = 5 - (5 - low) * (epochs - tops[:, None]) / (LAST - tops[:, None])
    return np.where(epochs <= tops[:, None], rising, falling)


def losses_of(best, second=None, *, lost=()):
    """Lowest at `best`, and lower still at `second`; the accuracy falls with a rising loss."""
    epochs = np.arange(LAST + 1)
    loss = 0.2 + np.abs(epochs - best[:, None]) / LAST
    if second is not None:
        loss = np.minimum(loss, 0.1 + np.abs(epochs - second[:, None]) / 40)
    loss[list(lost), 300:] = np.nan
    return LossCurves.from_arrays(loss, np.clip(1 - loss / 2, 0, 1), first=0)


def stops(output, hidden=None, *, losses=None, lost=(), task="szt", patience=PATIENCE):
    i_x = np.stack([output if hidden is None else hidden, output], axis=-1)
    i_x[list(lost), -3:] = np.nan
    plane = Trajectory.from_arrays(
        i_x, i_x / 20, epochs=EPOCHS, n=3000, guides=Guides(8.0, 0.69, 0.69), estimator="binned",
        setting="bin_size=0.07",
    )  # fmt: skip
    losses = losses_of(TIMES, lost=lost) if losses is None else losses
    recorded = pd.DataFrame(losses.frame)
    group = Group(f"{task} tanh", tuple(range(MEMBERS)), {PLANE: SimpleNamespace()})
    spec = SimpleNamespace(
        task=SimpleNamespace(name=task),
        activations=("tanh",),
        hidden_layers=(1,),
        plane=lambda *_: plane,
        members_of=lambda _: tuple(range(MEMBERS)),
    )
    trained = Trained(spec, plane, None)
    object.__setattr__(trained, "record", lambda _: recorded)
    rule = SimpleNamespace(patience=patience, least_improvement=0.0)
    return Stops(TrainedGroup(trained, group), rule)


def test_early_stops_at_the_turn_of_each_network_agree():
    networks = stops(hill(TIMES + PATIENCE), hill(np.full(MEMBERS, 10)))
    assert networks.early.epochs.tolist() == (TIMES + PATIENCE).tolist()
    assert stopping_claims.early_at_the_output(networks).verdict == "agrees"
    assert stopping_claims.early_goes_with_the_output(networks).verdict == "agrees"
    assert stopping_claims.early_keeps_from_the_output(networks).verdict == "disagrees"
    assert stopping_claims.early_at_the_last_hidden(networks).verdict == "disagrees"
    assert stopping_claims.nearer_to_the_output(networks).verdict == "agrees"


def test_stops_long_after_the_turn_disagree():
    networks = stops(hill(np.full(MEMBERS, 10)), hill(TIMES + PATIENCE))
    assert stopping_claims.early_at_the_output(networks).verdict == "disagrees"
    assert stopping_claims.early_goes_with_the_output(networks).verdict == "undecided"
    assert stopping_claims.early_keeps_from_the_output(networks).verdict == "agrees"
    assert stopping_claims.perfect_keeps_from_the_output(networks).verdict == "agrees"
    assert stopping_claims.early_at_the_last_hidden(networks).verdict == "agrees"
    assert stopping_claims.nearer_to_the_output(networks).verdict == "disagrees"


def test_networks_that_all_stop_and_turn_at_one_time_leave_it_open():
    at = np.full(MEMBERS, 100)
    networks = stops(hill(at + PATIENCE), losses=losses_of(at))
    assert networks.early.near(2).mean() == 1
    assert stopping_claims.early_at_the_output(networks).verdict == "undecided"


def test_trainings_that_never_stop_are_not_at_turns_long_over_and_else_nothing_is_told():
    """The output has turned long before the end, the last hidden layer shortly before it."""
    networks = stops(hill(TIMES), hill(np.full(MEMBERS, LAST - 20)), patience=1000)
    assert networks.early.near(2).tolist() == [0] * MEMBERS
    assert np.isnan(networks.early.near(1)).all()
    assert stopping_claims.early_at_the_output(networks).verdict == "disagrees"
    assert stopping_claims.early_keeps_from_the_output(networks).verdict == "agrees"
    hidden = stopping_claims.early_at_the_last_hidden(networks)
    assert hidden.verdict == "undecided"
    assert "do not tell of any of 20 networks" in text_of(hidden.words)
    nearer = stopping_claims.nearer_to_the_output(networks)
    assert nearer.verdict == "undecided"
    assert "Of 20 turns training ended too early to tell." in text_of(nearer.words)
    for table in stopping_tables([networks]).values():
        assert "nan" not in table.markdown()


def test_where_either_is_possible_the_nearer_turn_is_left_open():
    """Of fifteen networks the stop is at the output's turn, of five it was not seen."""
    losses = losses_of(np.where(np.arange(MEMBERS) < 15, TIMES, LAST))
    networks = stops(hill(TIMES + PATIENCE), hill(np.full(MEMBERS, 10)), losses=losses)
    assert stopping_claims.nearer_to_the_output(networks).verdict == "agrees"
    open_ = stops(hill(TIMES + PATIENCE), hill(np.full(MEMBERS, LAST - 1)), losses=losses)
    assert open_.early.near(2, untold=7).tolist() == [1] * 15 + [0] * 5
    assert open_.early.near(1, untold=7).tolist() == [0] * 15 + [7] * 5
    assert stopping_claims.nearer_to_the_output(open_).verdict == "agrees"
    late = stops(hill(np.full(MEMBERS, LAST - 1)), hill(TIMES + PATIENCE), losses=losses)
    assert stopping_claims.nearer_to_the_output(late).verdict == "disagrees"
    losses = losses_of(np.where(np.arange(MEMBERS) < 12, TIMES, LAST))
    half = stops(hill(TIMES + PATIENCE), hill(np.full(MEMBERS, LAST - 1)), losses=losses)
    assert stopping_claims.nearer_to_the_output(half).verdict == "undecided"


def test_the_first_minimum_need_not_be_the_lowest():
    networks = stops(hill(TIMES), losses=losses_of(TIMES, TIMES + 150))
    assert (networks.perfect.epochs == TIMES + 150).all()
    assert stopping_claims.misses_the_minimum(networks).verdict == "agrees"
    assert stopping_claims.misses_the_minimum(stops(hill(TIMES))).verdict == "undecided"


@pytest.mark.parametrize(("patience", "verdict"), [(10, "agrees"), (1000, "undecided")])
def test_a_stop_is_compared_with_the_end_seed_by_seed(patience, verdict):
    early = stops(hill(TIMES), patience=patience).early
    assert stopping_claims.lower_loss(early).verdict == verdict
    assert stopping_claims.more_accurate(early).verdict == verdict
    if patience == 1000:
        assert np.isinf(early.epochs).all(), "it never stops, and the stop is the end"


def test_a_loss_that_falls_throughout_is_lower_at_the_end():
    falling = LossCurves.from_arrays(
        np.outer(1 + 0.01 * np.arange(MEMBERS), np.linspace(1, 0.1, LAST + 1))
        + 0.3 * (np.arange(LAST + 1) == 5),
        first=0,
    )
    networks = stops(hill(TIMES), losses=falling, patience=1)
    assert (networks.early.epochs == 5).all()
    assert stopping_claims.lower_loss(networks.early).verdict == "disagrees"


def test_the_plane_ends_at_each_stop():
    networks = stops(hill(TIMES))
    end = networks.early.up_to.frame.query(f"epoch == {LAST} and layer == 2")["i_x"].to_numpy()
    full = networks.plane.frame.query(f"epoch == {LAST} and layer == 2")["i_x"].to_numpy()
    assert (end > full + 2).all()
    assert networks.early.up_to.epochs == EPOCHS


def test_members_that_diverged_are_left_out():
    networks = stops(hill(TIMES + PATIENCE), lost=(0, 7))
    assert np.flatnonzero(np.isnan(networks.early.near(2))).tolist() == [0, 7]
    assert networks.early.coincidence(2).members == MEMBERS - 2
    assert "2 of 20 diverged" in text_of(stopping_claims.lower_loss(networks.early).words)
    assert "2 of 20 diverged" in text_of(stopping_claims.misses_the_minimum(networks).words)
    for table in stopping_tables([networks]).values():
        assert "nan" not in table.markdown()


def test_what_the_paper_says_of_szt_is_not_asked_of_other_tasks():
    networks = [stops(hill(TIMES)), stops(hill(TIMES), task="mnist")]
    readings = SimpleNamespace(groups=[of.group for of in networks], configuration=networks[0].rule)
    claims = [finding.claim for finding in findings_of(CLAIMS[:6], readings)]
    assert [claim.split(":")[0] for claim in claims] == ["szt tanh"] * 5 + ["mnist tanh"]
    places = [of.where for of in networks]
    assert places == ["Sec. 2.4.1; Fig. 7", "Sec. 2.4.1; App. D, Fig. 15"]


def test_figures_are_drawn_of_networks_that_never_stop_or_turn():
    networks = stops(hill(np.full(MEMBERS, LAST - 1), low=6.0), patience=1000)
    pictures = stopping_figures([networks], "bits")
    assert set(pictures) == {"stopped_szt_tanh.png", "stops_and_turns.png"}
    assert all(isinstance(picture, Figure) for picture in pictures.values())


@pytest.mark.parametrize(
    ("name", "value"), [("patience", 0), ("patience", 1.5), ("least_improvement", -1)]
)
def test_bad_rules_get_one_line(name, value):
    from ib_mlflow.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match=name):
        Configuration.parse(["--scale", "toy", f"--{name}", str(value)])
