from ib_mlflow.information.propagation.terms import Entropy, total

PART = Entropy(2.0, 0.5, 0.25, 0.5, half=1.0, above=3.0, above_variance=0.25, certificate=0.125)


def test_a_share_of_an_entropy_has_the_square_of_it_of_the_variance():
    assert PART.scaled(0.5) == Entropy(
        1.0, 0.125, 0.03125, 0.25, half=0.5, above=1.5, above_variance=0.0625, certificate=0.0625
    )


def test_shares_add_up():
    assert total([PART.scaled(0.5)] * 2) == Entropy(
        2.0, 0.25, 0.0625, 0.5, half=1.0, above=3.0, above_variance=0.125, certificate=0.125
    )
