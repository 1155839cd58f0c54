from types import SimpleNamespace

import numpy as np
import pytest

from projects.resnet.densities import Densities, Density
from projects.resnet.density_tables import density_table, learnt_is_likelier
from projects.resnet.resnet_unconditional import Configuration


@pytest.fixture
def densities_of():
    """Makes models of known losses: by size the means over learnt and fresh images, in nats."""

    def build(dimensions=3072, **levels):
        generator = np.random.default_rng(0)
        models = tuple(
            Density(
                int(size[1:]),
                {
                    part: level + generator.normal(0, 5, 400)
                    for part, level in zip(("encoding", "decoding", "evaluation"), of, strict=True)
                },
                None,
                None,
            )
            for size, of in levels.items()
        )
        parts = SimpleNamespace(dimensions=dimensions)
        return Densities(Configuration.parse(["--scale", "toy"]), parts, models)

    return build


def test_what_was_learnt_is_likelier_by_every_model(densities_of):
    both = densities_of(f8=(100.0, 105.0, 105.0), f16=(90.0, 99.0, 99.0))
    assert [judgement.verdict for judgement in learnt_is_likelier(both)] == ["agrees", "agrees"]
    one = densities_of(f8=(105.0, 105.0, 100.0), f16=(90.0, 99.0, 99.0))
    assert [judgement.verdict for judgement in learnt_is_likelier(one)] == ["disagrees", "agrees"]


def test_the_table_has_nats_and_bits_of_every_part(densities_of):
    table = density_table(densities_of(f8=(100.0, 105.0, 105.0))).markdown().splitlines()
    assert len(table) == 2 + 3
    (line,) = (line for line in table if "| evaluation |" in line)
    assert "7628.7 nats | 3.58 |" in line
    assert "| H(x) from above |" in line
    (learnt,) = (line for line in table if "| encoding |" in line)
    assert "no bound: it was learnt" in learnt
    assert "from above" not in learnt
    nats = float(line.split("|")[3].split()[0])
    assert f"| {nats / np.log(2) / 3072:.3f} |" in line


def test_the_papers_numbers_do_not_stand_beside_smaller_images(densities_of):
    table = density_table(densities_of(dimensions=64, f8=(100.0, 105.0, 105.0))).markdown()
    assert "paper" not in table
    assert "7628" not in table
