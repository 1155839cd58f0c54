from typing import Any, ClassVar

import pytest
from pydantic import Field

from ib_mlflow.errors import ConfigurationError
from ib_mlflow.studies.configuration import StudyConfiguration
from ib_mlflow.studies.fields import CommaList
from projects.planes import main


class Example(StudyConfiguration):
    """An example of a study."""

    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "toy": {"members": 2},
        "quick": {"members": 5},
        "paper": {"members": 50},
    }
    members: int = Field(ge=1, le=1000, description="how many networks")
    bin_sizes: CommaList[float] = Field((0.01, 0.07), description="sizes")


def test_the_scale_fills_what_is_not_given():
    assert Example.parse([]).members == 5
    assert Example.parse(["--scale", "paper"]).members == 50
    assert Example.parse(["--scale", "paper", "--members", "auto"]).members == 50
    assert Example.parse(["--members=7", "--scale", "paper"]).members == 7


def test_lists_are_one_word():
    assert Example.parse(["--bin_sizes", "0.3"]).bin_sizes == (0.3,)
    assert Example.parse(["--bin_sizes", "0.01,0.3"]).bin_sizes == (0.01, 0.3)
    assert Example.parse(["--bin_sizes", "0.01, 0.3"]).bin_sizes == (0.01, 0.3)


def test_a_value_may_look_like_a_name():
    assert Example.parse(["--data_root", "--x"]).data_root == "--x"
    assert Example.parse(["--data_root", "-1", "--seed", "3"]).data_root == "-1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--membrs", "3"], "received membrs. Did you mean members?"),
        (["--zzzzzz=3"], "received zzzzzz. Known: scale, seed"),
        (["--members", "0"], "members: Input should be greater than or equal to 1; received '0'"),
        (["--members", "2.5"], "members: Input should be a valid integer"),
        (["--members", "ten"], "received 'ten'"),
        (["--members", "None"], "received 'None'"),
        (["--bin_sizes", "0.1,nan"], "bin_sizes: Input should be a finite number"),
        (["--bin_sizes", "0.1,,0.2"], "received ''"),
        (["--bin_sizes", "0.1, x"], "received 'x'"),
        (["--seed", "1", "--seed=2"], "every parameter must be given once; received seed twice"),
        (["--scale", "huge"], "scale: Input should be 'toy', 'quick' or 'paper'"),
        (["--scale", "huge", "--members", "0"], "Also wrong: members"),
        (["--fresh", "perhaps"], "fresh: Input should be a valid boolean"),
        (["--seed", "-1"], "received '-1'"),
        (["--members", "-1e-3"], "received '-1e-3'"),
        (["--bin_sizes", ""], "bin_sizes: Input should be a valid number"),
        (["--members"], "argument --members: expected one argument. Write --name value."),
        (["--members", "--seed", "1"], "argument --members: expected one argument"),
        (["--device", "tpu"], "device: String should match pattern"),
    ],
)
def test_a_bad_value_gets_one_clear_line(arguments, message):
    with pytest.raises(ConfigurationError) as caught:
        Example.parse(arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_parameter_of_another_study_is_not_taken_for_one_of_this():
    with pytest.raises(ConfigurationError, match=r"received betas\. Known: scale, seed"):
        main.Configuration.parse(["--betas", "1"])


@pytest.mark.parametrize("members", [1, 3])
def test_every_member_has_a_seed(members):
    last = 2**32 - members
    words = ["--scale", "toy", "--members", str(members), "--seed"]
    assert main.Configuration.parse([*words, str(last)]).seeds[-1] == 2**32 - 1
    if members > 1:
        with pytest.raises(ConfigurationError, match=r"members: seed \+ members must not exceed"):
            main.Configuration.parse([*words, str(last + 1)])


@pytest.mark.parametrize("name", Example.model_fields)
def test_auto_is_what_the_scale_sets(name):
    given = "auto" if name in Example.presets["quick"] else None
    words = [] if given is None else [f"--{name}", given]
    assert Example.parse(words) == Example.parse([])


def test_a_cluster_is_an_address_and_stands_alone() -> None:
    address = "tcp://127.0.0.1:8786"
    assert StudyConfiguration.parse(["--cluster", address]).cluster == address
    assert StudyConfiguration.parse([]).cluster == "none"
    with pytest.raises(ConfigurationError, match=r"cluster: .*leave out workers, or cluster; rec"):
        StudyConfiguration.parse(["--cluster", address, "--workers", "2"])
    for wrong in ("127.0.0.1:8786", "http://127.0.0.1:8786", "tcp://bob:Hidden12@host:8786", ""):
        with pytest.raises(ConfigurationError, match=r"cluster: .*tcp://host:8786") as error:
            StudyConfiguration.parse(["--cluster", wrong])
        assert "Hidden12" not in str(error.value)
