import pytest

from ib_mlflow.data import load
from ib_mlflow.errors import ConfigurationError, InvalidInputError
from ib_mlflow.likeness import nearest
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.parsing import parse
from ib_mlflow.tuning.words import unknown_word
from projects.registry import STUDIES, load_study


@pytest.mark.parametrize(
    ("word", "meant"),
    [("MNIST", "mnist"), ("mnits", "mnist"), ("Svhn", "SVHN"), ("faces", None), (3, None)],
)
def test_large_and_small_letters_are_the_same(word, meant):
    assert nearest(word, ["szt", "mnist", "SVHN"]) == meant


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_is_known_by_its_name_in_capitals(study):
    with pytest.raises(ConfigurationError, match=rf"Did you mean {study}\?"):
        load_study(study.upper())


@pytest.mark.parametrize(
    ("given", "meant"), [("--scale=TOY", "toy"), ("--unit=BITS", "bits"), ("--SEED=1", "seed")]
)
def test_every_closed_list_helps(given, meant):
    with pytest.raises(ConfigurationError, match=rf"Did you mean {meant}\?"):
        parse(StudyConfiguration, [given], {})


def test_datasets_and_words_of_searches_help():
    with pytest.raises(InvalidInputError, match=r"Did you mean cifar10\?"):
        load("CIFAR10")
    with pytest.raises(InvalidInputError, match=r"Did you mean test\?"):
        load("mnist", part="TEST")
    assert unknown_word("sampler", "TPE", ["gp", "tpe"]).fix.startswith("Did you mean tpe?")
