import numpy as np
import pytest

from ib_mlflow.studies.judging.claims import findings_of
from ib_mlflow.units import text_of
from projects.phases import amount_claims
from projects.phases.amount_claims import CLAIMS, Moved
from projects.phases.amount_reports import amount_figures, amount_table
from projects.phases.amounts import SHARE, Amount, DataAmounts
from projects.phases.data_amount import Configuration

RISES = [0.0, 0.1, 0.3, 0.4, 0.5, 0.5, 0.5]
FALLS = [0.0, 0.1, 0.5, 0.5, 0.5, 0.3, 0.3]
TURNS = [1, 3, 5, 5, 4, 3, 2]


@pytest.fixture
def amount(alike, group_of):
    def build(share=0.05, i_x=TURNS, i_y=FALLS, *, val_loss=0.5, val=0.9, train=0.99, lost=()):
        own = alike(i_x, i_y, lost=lost, val_loss=val_loss, val_accuracy=val, train_accuracy=train)
        group = group_of(f"{100 * share:g} % of the data", own, parameters={SHARE: share})
        return Amount(group, own)

    return build


@pytest.fixture
def readings(amount):
    def build(*amounts):
        return DataAmounts(None, amounts or [amount(0.05), amount(0.85, i_y=RISES)])

    return build


@pytest.mark.parametrize(("i_y", "verdict"), [(FALLS, "agrees"), ([*RISES[:-1], 0.6], "disagrees")])
def test_over_training_is_a_fall_of_i_y(amount, i_y, verdict):
    for path in amount(i_y=i_y).paths:
        assert amount_claims.overtrains(path).verdict == verdict


def test_the_fall_is_compared_seed_by_seed(readings, amount):
    falls, rises = amount(0.05), amount(0.85, i_y=RISES)
    assert amount_claims.overtrains_less(readings(falls, rises)).verdict == "agrees"
    assert amount_claims.overtrains_less(readings(rises, falls)).verdict == "disagrees"


LOW_AT_10 = [0.7, 0.6, 0.2, 0.3, 0.4, 0.5, 0.6]
LOW_AT_200 = [0.7, 0.6, 0.5, 0.5, 0.4, 0.2, 0.6]


@pytest.mark.parametrize(
    ("val_loss", "verdict"), [(LOW_AT_10, "agrees"), (LOW_AT_200, "disagrees")]
)
def test_the_stop_is_held_against_the_highest_i_y(amount, val_loss, verdict):
    networks = amount(val_loss=val_loss)
    judgement = amount_claims.stops_before_the_fall(networks)
    assert judgement.verdict == verdict
    assert set(networks.highest.earliest) == set(networks.highest.latest) == {10}
    below = 0.0 if verdict == "agrees" else 0.2
    np.testing.assert_allclose(networks.before, below, rtol=0.005, atol=1e-9)


FALLING = [0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2]
LAST_AT_200 = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.3]
RISING = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


@pytest.mark.parametrize(
    ("val_loss", "i_y", "verdict", "told"),
    [
        # Training ended at epoch 1000, far from 10: that they lie apart is told.
        (FALLING, FALLS, "disagrees", False),
        (LOW_AT_10, RISING, "disagrees", True),
        # Both may yet come anywhere, together or not.
        (FALLING, RISING, "undecided", False),
        # I(T;Y) stays where it is highest: it may fall from 1000 on, or from 200.
        (LOW_AT_200, RISES, "undecided", True),
        (FALLING, RISES, "undecided", False),
        (LOW_AT_200, LAST_AT_200, "agrees", True),
    ],
)
def test_what_training_was_too_short_for_is_held_by_its_bounds(
    amount, val_loss, i_y, verdict, told
):
    networks = amount(i_y=i_y, val_loss=val_loss)
    judgement = amount_claims.stops_before_the_fall(networks)
    assert judgement.verdict == verdict
    words = text_of(judgement.words, "nats")
    assert ("beyond training of the lowest" in words) != told
    assert ("I(T;Y) at the stop" in words) == told
    assert "nan" not in words


def test_what_ends_higher_with_more_data(readings, amount):
    assert amount_claims.knows_more(readings()).verdict == "agrees"
    swapped = readings(amount(0.05, i_y=RISES), amount(0.85, i_y=FALLS))
    assert amount_claims.knows_more(swapped).verdict == "disagrees"


@pytest.mark.parametrize(("sign", "verdict"), [(1, "agrees"), (-1, "disagrees")])
def test_generalisation_follows_i_y_over_the_shares(readings, amount, sign, verdict):
    shares = [
        amount(share, i_y=[0.1 + share / 2] * 7, val=0.5 + sign * share / 10)
        for share in (0.05, 0.15, 0.45, 0.85)
    ]
    assert amount_claims.follows_generalisation(readings(*shares)).verdict == verdict
    assert amount_claims.follows_generalisation(readings(*shares[:2])).verdict == "undecided"


@pytest.mark.parametrize(
    ("end", "verdict"),
    [(2.15, "agrees"), (2.3, "undecided"), (3.0, "disagrees"), (1.0, "disagrees")],
)
def test_i_x_that_hardly_moves(amount, end, verdict):
    moved = Moved(2, amount(0.05), amount(0.85, i_x=[*TURNS[:-1], end]))
    assert amount_claims.hardly_moves(moved).verdict == verdict


@pytest.mark.parametrize(
    ("least", "largest", "verdict"),
    [
        ([1, 5, 5, 3, 2, 2, 2], [1, 5, 5, 3, 2, 2, 2], "agrees"),
        ([1, 5, 5, 3, 2, 2, 2], [1, 5, 5, 5, 5, 5, 2], "undecided"),
        ([1, 5, 5, 5, 5, 5, 2], [1, 5, 5, 3, 2, 2, 2], "undecided"),
    ],
)
def test_both_amounts_have_to_rest(amount, least, largest, verdict):
    (claim,) = (each for each in CLAIMS if "limited effect" in each.words)
    moved = Moved(2, amount(0.05, i_x=least), amount(0.85, i_x=largest))
    assert claim.judge(moved).verdict == verdict


def test_the_gap_is_held_against_both_informations(amount):
    networks = amount(val=0.9)
    assert amount_claims.keeps_and_generalises(networks).verdict == "undecided"
    gap = networks.gap
    assert gap.mean() == pytest.approx(0.09)


def test_every_claim_is_judged_with_members_that_diverged(readings, amount):
    two = readings(amount(0.05, lost=(3,)), amount(0.85, i_y=RISES, lost=(3,)))
    findings = findings_of(CLAIMS, two)
    assert len(findings) == 5 + 1 + 2 + 4
    assert not any("nan" in str(finding.words) for finding in findings)
    assert any("1 of 12 diverged" in str(finding.words) for finding in findings)


def test_the_table_and_the_figures_know_every_share(readings, monkeypatch):
    two = readings()
    text = amount_table(two).markdown()
    assert "| 5 % of the data | 200 |" in text
    assert "| 85 % of the data |" in text
    monkeypatch.setattr(DataAmounts, "configuration", Configuration.parse(["--scale", "toy"]))
    assert set(amount_figures(two)) == {
        "information_plane_training_inputs.png", "last_hidden_layer.png"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "i_x", "i_y", "verdict"),
    [
        ("over-training: I(T;Y)", TURNS, [*RISES[:-1], 0.6], "undecided"),
        ("over-training: I(T;Y)", TURNS, [0, 0.1, 0.3, 0.4, 0.5, 0.51, 0.52], "disagrees"),
        ("which remains almost constant", [1, 3, 5, 5, 5, 5, 5], RISES, "agrees"),
        ("which remains almost constant", [1, 1, 1, 1, 1, 1, 5], RISES, "undecided"),
    ],
)
def test_a_training_on_its_way_decides_neither_falls_nor_that_nothing_moves(
    readings, amount, words, i_x, i_y, verdict
):
    both = readings(amount(0.05, i_x, i_y), amount(0.85, i_x, i_y))
    (claim,) = (each for each in CLAIMS if words in each.words)
    assert {finding.verdict for finding in claim.findings(both)} == {verdict}


def the_claim(words):
    (claim,) = (each for each in CLAIMS if words in each.words)
    return claim


AT_REST = [1, 3, 5, 5, 4, 2, 2]
MOVES = [0.0, 0.0, 0.1, 0.1, 0.2, 0.2, 0.5]


@pytest.mark.parametrize(
    ("words", "least", "largest", "verdict"),
    [
        ("over-training takes less", FALLS, RISES, "agrees"),
        ("over-training takes less", [*FALLS[:5], 0.5, 0.3], RISES, "undecided"),
        ("More data, better generalisation", FALLS, RISES, "agrees"),
        ("More data, better generalisation", FALLS, MOVES, "undecided"),
        ("Better generalisation goes with", FALLS, MOVES, "undecided"),
    ],
)
def test_shares_are_compared_at_rest(readings, amount, words, least, largest, verdict):
    both = readings(amount(0.05, i_y=least), amount(0.85, i_y=largest))
    assert the_claim(words).judge(both).verdict == verdict


def test_generalisation_is_followed_at_rest(readings, amount):
    shares = [
        amount(share, i_y=[0.0, 0.1, *[0.1 + share / 2] * 5], val=0.5 + share / 10)
        for share in (0.05, 0.15, 0.45, 0.85)
    ]
    judge = the_claim("Better generalisation goes with").judge
    assert judge(readings(*shares)).verdict == "agrees"
    late = amount(0.95, i_y=[0.0] * 6 + [0.6], val=0.6)
    assert amount_claims.follows_generalisation(readings(*shares, late)).verdict == "agrees"
    assert judge(readings(*shares, late)).verdict == "undecided"


@pytest.mark.parametrize(
    ("words", "column", "decided"),
    [
        ("tells the sample complexity", "i_x", "agrees"),
        ("tells the generalisation error", "i_y", "disagrees"),
    ],
)
def test_a_gap_is_held_against_informations_at_rest(amount, words, column, decided):
    scores = [0.5, 0.7, 0.8, 0.9, 0.9, 0.9, 0.9]
    for moved, verdict in ((None, decided), (column, "undecided"), ("val_accuracy", "undecided")):
        networks = amount(i_x=AT_REST, i_y=RISES, val=scores, train=scores)
        frame = networks.plane.frame
        frame["val_accuracy"] -= 0.001 * frame["member"]
        if moved:
            last = frame["epoch"] == max(frame["epoch"])
            frame.loc[last, moved] += 0.3 * frame[moved].max()
        assert the_claim(words).judge(networks).verdict == verdict
