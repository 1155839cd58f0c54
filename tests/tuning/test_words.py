from ib_mlflow.tuning.words import unknown_word

RESULTS = [f"summary/i_x_nats.layer_{layer}" for layer in range(1, 20)] + ["summary/val_accuracy"]


def test_all_known_words_are_listed_the_nearest_first():
    words = str(unknown_word("objective", "val_acc", RESULTS)).partition("Known: ")[2]
    listed = words.rstrip(".").split(", ")
    assert listed[0] == "summary/val_accuracy"
    assert sorted(listed) == sorted(RESULTS)


def test_what_is_like_nothing_still_gets_all_that_is_known():
    text = str(unknown_word("objective", "nothing_like_it", RESULTS))
    assert "Did you mean" not in text
    assert all(name in text for name in RESULTS)
    assert str(unknown_word("objective", "x", [])).endswith("None is known.")
