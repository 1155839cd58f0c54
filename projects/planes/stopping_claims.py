"""How the claims about early and perfect stopping are judged, over networks.

Reference:
    Revisiting the Information Plane, sections 2.4.1 and 3, appendices C, D and F; Fig. 7, 10, 15.
"""

from typing import Any

from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.judging.coincidences import coincide, keep_apart, more_than_by_chance
from ib_mlflow.studies.judging.intervals import UNIT, accuracy, information, known, mean
from ib_mlflow.studies.judging.judgements import between
from ib_mlflow.studies.judging.shares import sometimes
from ib_mlflow.studies.judging.verdicts import Judgement, most, rises
from ib_mlflow.studies.reporting.ensembles import Ensembles
from .stopping_readings import Stop, StoppingConfiguration, Stops, stops_of


def early_at_the_output(stops: Stops) -> Judgement:
    """Judge whether early stopping falls at the turn of the output layer."""
    return coincide(stops.early.coincidence(stops.output))


def early_at_the_last_hidden(stops: Stops) -> Judgement:
    """Judge whether early stopping falls at the turn of the last hidden layer."""
    return coincide(stops.early.coincidence(stops.layer))


def nearer_to_the_output(stops: Stops) -> Judgement:
    """Judge whether it falls at the turn of the output rather than of the last hidden layer."""
    early, layers = stops.early, (stops.output, stops.layer)
    shares = (mean(early.near(layer), UNIT).text(digits=2) for layer in layers)
    note = f"Shares {' and '.join(shares)}."
    untold = sum(of.untold for of in map(early.coincidence, layers))
    if untold:
        note += f" Of {untold} turns training ended too early to tell."

    def judge(*untold: float) -> Judgement:
        pairs = zip(layers, untold, strict=True)
        output, hidden = (early.near(layer, untold=told) for layer, told in pairs)
        # Of networks whose stop is near both turns or neither nothing is said.
        return most(known(output > hidden, output, hidden)[output != hidden], note=note)

    # Where training ended too early to tell, either is possible.
    return between(judge(0, 1), [judge(1, 0)])


def early_goes_with_the_output(stops: Stops) -> Judgement:
    """Judge whether early stopping and the turn of the output coincide network by network."""
    return more_than_by_chance(stops.early.coincidence(stops.output))


def early_keeps_from_the_output(stops: Stops) -> Judgement:
    """Judge whether early stopping has nothing to do with the turn of the output layer."""
    return keep_apart(stops.early.coincidence(stops.output))


def perfect_keeps_from_the_output(stops: Stops) -> Judgement:
    """Judge whether the lowest loss has nothing to do with the turn of the output layer."""
    return keep_apart(stops.perfect.coincidence(stops.output))


def misses_the_minimum(stops: Stops) -> Judgement:
    """Judge whether some network stops early before it has reached its lowest loss."""
    above = stops.above_the_minimum
    words = ("The best loss up to the stop lies ", mean(above).quantity("nats"))
    return sometimes(known(above > 0, above), note=(*words, " above the lowest of training."))


def lower_loss(stop: Stop) -> Judgement:
    """Judge whether the validation loss at the stop is lower than at the end of training."""
    at, end = stop.score("val_loss"), stop.score("end_loss")
    note = ("Loss at the stop ", information(at).quantity("nats"), ", at the end ")
    return rises(end - at, note=(*note, information(end).quantity("nats"), "."))


def more_accurate(stop: Stop) -> Judgement:
    """Judge whether the validation accuracy at the stop is higher than at the end of training."""
    at, end = stop.score("val_accuracy"), stop.score("end_accuracy")
    note = f"At the stop {accuracy(at).text(digits=4)}, at the end {accuracy(end).text(digits=4)}."
    return rises(at - end, "", note=note)


def of_szt(readings: Ensembles[StoppingConfiguration]) -> list[Stops]:
    """The networks of the task of which the paper speaks first."""
    return [stops for stops in stops_of(readings) if stops.task == "szt"]


def of_others(readings: Ensembles[StoppingConfiguration]) -> list[Stops]:
    """The networks of other tasks, to which the paper says that nothing carries over."""
    return [stops for stops in stops_of(readings) if stops.task != "szt"]


CLAIMS: list[Claim[Any, Any]] = [
    Claim(
        "{of.name}: early stopping occurs when the network is starting to enter the compression "
        "phase of the output layer: at its turning point",
        "{of.where}",
        early_at_the_output,
        of_szt,
    ),
    Claim(
        "{of.name}: it occurs at the turning point of the last hidden layer ({of.layer}), "
        "of which the paper says nothing",
        "Beyond the paper",
        early_at_the_last_hidden,
        of_szt,
    ),
    Claim(
        "{of.name}: it occurs at the turning point of the output layer rather than of the last "
        "hidden layer",
        "{of.where}",
        nearer_to_the_output,
        of_szt,
    ),
    Claim(
        "{of.name}: there seems to be a connection between clustering in the output layer and "
        "early stopping",
        "Sec. 3",
        early_goes_with_the_output,
        of_szt,
    ),
    Claim(
        "{of.name}: there is no connection to the global minimum: perfect stopping does not "
        "occur at the turning point of the output layer",
        "{of.where}",
        perfect_keeps_from_the_output,
        of_szt,
    ),
    Claim(
        "{of.name}: there is no distinct behaviour for early stopping: it does not occur at the "
        "turning point of the output layer",
        "{of.where}",
        early_keeps_from_the_output,
        of_others,
    ),
    Claim(
        "{of.name}: early stopping does not guarantee to stop at the global minimum",
        "{of.where}",
        misses_the_minimum,
        of_szt,
    ),
    Claim(
        "{of.group.name}: early stopping generalises better than training to the end: validation "
        "cross-entropy",
        "Sec. 2.4.1; App. F",
        lower_loss,
        lambda readings: [stops.early for stops in stops_of(readings)],
    ),
    Claim(
        "{of.group.name}: {of.name} stopping generalises better than training to the end: "
        "validation accuracy",
        "Sec. 2.4.1; App. F",
        more_accurate,
        lambda readings: [
            stop for stops in stops_of(readings) for stop in (stops.early, stops.perfect)
        ],
    ),
]
"""In the order of the report."""
