from projects.inversion.dynamics import Place, places


def test_every_layer_of_both_networks_has_a_place_at_every_stage():
    every = list(places(("FC3", "LOGITS"), (0, 10)))
    assert len(set(every)) == len(every) == 8
    assert Place("overfitted", "LOGITS", 10) in every


def test_places_have_names_of_their_own():
    every = list(places(("FC3", "LOGITS"), (0, 10)))
    names = {place.name for place in every} | {place.warm_name for place in every}
    assert len(names) == 16
    assert Place("normal", "FC3", 10).warm_name == "warm start normal FC3 10"


def test_the_evidence_holds_a_scalar_for_every_place(dynamics):
    scalars = dynamics.evidence.metrics
    assert abs(scalars["summary/negative_cross_entropy_nats.normal/FC3/100"] + 40) < 2
    assert scalars["summary/test_accuracy.overfitted/0"] == 0.5
    for place in dynamics.places:
        where = f"{place.network}/{place.layer}/{place.updates}"
        error = scalars[f"summary/negative_cross_entropy_se_nats.{where}"]
        assert error == dynamics.bound(place).standard_error
