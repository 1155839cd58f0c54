import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from ib_mlflow.data import enlarge, load
from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import Autoencoder, ResNet
from ib_mlflow.networks.images.heads import renewed, standardised

HIDDEN = ("h1", "h2", "h3", "h4")


def some_images(n, shape=(3, 32, 32), seed=0):
    generator = np.random.default_rng(seed)
    return torch.tensor(generator.integers(0, 256, (n, *shape), dtype=np.uint8))


@pytest.fixture(scope="module")
def trained():
    """A small network in double precision whose statistics are no longer the initial ones."""
    network = ResNet((3, 16, 16), 10, widths=(4, 6, 8), blocks=2, slope=0.1, seed=3).double()
    for seed in range(3):
        network(some_images(20, (3, 16, 16), seed))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network.eval()


def by_hand(state, images, *, blocks, slope):
    """The paper's encoder, written out from the network's weights by their names."""

    def convolved(maps, name, stride=1):
        kernel = state[f"{name}.0.weight"]
        maps = functional.conv2d(maps, kernel, stride=stride, padding=kernel.shape[-1] // 2)
        mean, variance = state[f"{name}.1.running_mean"], state[f"{name}.1.running_var"]
        scale, shift = state[f"{name}.1.weight"], state[f"{name}.1.bias"]
        normal = (maps - mean[:, None, None]) / (variance[:, None, None] + 1e-5).sqrt()
        return normal * scale[:, None, None] + shift[:, None, None]

    def leaky(maps):
        return torch.where(maps > 0, maps, slope * maps)

    hidden = {}
    maps = leaky(convolved(images / 255, "layers.h1.0"))
    for layer in (1, 2, 3):
        for block in range(blocks):
            place = f"layers.h{layer}.{block + (2 if layer == 1 else 0)}"
            halves = layer > 1 and block == 0
            inner = leaky(convolved(maps, f"{place}.first", 2 if halves else 1))
            skip = convolved(maps, f"{place}.skip", 2) if halves else maps
            maps = leaky(convolved(inner, f"{place}.second") + skip)
        hidden[f"h{layer}"] = maps
    n, channels, h, w = maps.shape
    blocks_of_4 = maps.reshape(n, channels, h // 4, 4, w // 4, 4)
    hidden["h4"] = blocks_of_4.mean(dim=(3, 5)).reshape(n, -1)
    hidden["LOGITS"] = hidden["h4"] @ state["layers.LOGITS.weight"].T + state["layers.LOGITS.bias"]
    return hidden


def test_it_is_the_papers_network():
    network = ResNet()
    convolutions = [part for part in network.modules() if isinstance(part, nn.Conv2d)]
    assert len(convolutions) == 21
    assert sum(part.kernel_size == (1, 1) for part in convolutions) == 2
    shapes = [network.layer_shape(name) for name in (*HIDDEN, "LOGITS")]
    assert shapes == [(16, 32, 32), (32, 16, 16), (64, 8, 8), (256,), (10,)]
    kernels = 9 * (3 * 16 + 6 * 16**2 + 16 * 32 + 5 * 32**2 + 32 * 64 + 5 * 64**2)
    skips = 16 * 32 + 32 * 64
    normalisations = 2 * (7 * 16 + 7 * 32 + 7 * 64)
    parameters = sum(part.numel() for part in network.parameters())
    # 272,474 are those of the CIFAR ResNet-20 with such skips, whose classifier reads 64 means.
    assert parameters == kernels + skips + normalisations + 256 * 10 + 10
    assert parameters == 272_474 - (64 * 10 + 10) + (256 * 10 + 10)


def test_layers_are_those_written_out_by_hand(trained):
    images = some_images(5, (3, 16, 16), seed=9)
    expected = by_hand(trained.state_dict(), images.double(), blocks=2, slope=0.1)
    outputs = trained.encoders((*HIDDEN, "LOGITS"))(images)
    assert list(outputs) == list(expected)
    for name, output in outputs.items():
        torch.testing.assert_close(output, expected[name], rtol=1e-5, atol=1e-7)
        torch.testing.assert_close(trained.encoder(name)(images), output, rtol=1e-12, atol=1e-12)


def test_what_a_layer_makes_of_an_image_does_not_depend_on_its_batch(trained):
    images = some_images(24, (3, 16, 16), seed=5)
    network = ResNet((3, 16, 16), 10, widths=(4, 6, 8), blocks=2, slope=0.1).double()
    network.load_state_dict(trained.state_dict())
    network.train()  # an encoder is in evaluation mode whatever the network is in
    before = {name: value.clone() for name, value in network.state_dict().items()}
    for name in HIDDEN:
        encode = network.encoder(name)
        together = encode(images)
        alone = torch.cat([encode(image[None]) for image in images])
        beside_others = encode(torch.cat([images[:3], some_images(40, (3, 16, 16), seed=6) // 3]))
        torch.testing.assert_close(together, alone, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(together[:3], beside_others[:3], rtol=1e-9, atol=1e-12)
    assert network.training
    after = network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


@pytest.mark.parametrize("kind", ["classifier", "autoencoder"])
def test_a_head_is_what_follows_with_new_weights_and_statistics(trained, kind):
    network = trained if kind == "classifier" else Autoencoder(trained, seed=1).double()
    images = some_images(8, (3, 16, 16))
    counts = []
    for name in HIDDEN:
        head = network.head(name, seed=7)
        counts.append(sum(isinstance(part, nn.Conv2d) for part in head.modules()))
        means = [part.running_mean for part in head.modules() if isinstance(part, nn.BatchNorm2d)]
        assert all(not mean.any() for mean in means)
        head = head.double()
        loss = head(network.encoder(name)(images)).square().sum()
        network.zero_grad()
        loss.backward()
        assert all(part.grad is not None and part.requires_grad for part in head.parameters())
        assert all(part.grad is None for part in network.parameters())
        again = network.head(name, seed=7).double()(network.encoder(name)(images))
        assert torch.equal(head(network.encoder(name)(images)), again)
        probe = network.probe(name, seed=0)
        d = int(np.prod(network.layer_shape(name)))
        assert sum(part.numel() for part in probe.parameters()) == 10 * d + 10
    assert counts == [10, 5, 0, 0]


def test_renewed_statistics_are_those_before_training():
    normalisation = nn.BatchNorm2d(2)
    normalisation(torch.rand(5, 2, 3, 3))
    fresh = renewed([normalisation.requires_grad_(False)])[0]
    assert fresh.running_var.tolist() == [1, 1]
    assert int(fresh.num_batches_tracked) == 0
    assert fresh.weight.requires_grad
    assert normalisation.running_mean.any()


def test_the_autoencoder_is_the_encoder_and_its_inverse():
    network = Autoencoder(ResNet())
    convolutions = [part for part in network.modules() if isinstance(part, nn.Conv2d)]
    assert len(convolutions) == 2 * 21
    assert network.layer_shape("h4") == (256,)
    assert network.layer_shape("IMAGE") == (3, 32, 32)
    assert network.head("IMAGE", seed=0)(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    encoder = {name for name, _ in ResNet().named_parameters() if "LOGITS" not in name}
    assert encoder <= {name for name, _ in network.named_parameters()}
    # Nothing but h4 reaches the image: where h4 is the same, so is the image.
    inverse = network.eval().layers["IMAGE"]
    h4 = network.encoder("h4")(some_images(2))
    torch.testing.assert_close(inverse(h4), network(some_images(2)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "h4"), [((3, 32, 32), 256), ((3, 16, 16), 64), ((1, 8, 8), 64), ((1, 32, 16), 128)]
)
def test_images_of_other_sizes_are_pooled_whole(shape, h4):
    network = ResNet(shape, 10, blocks=1)
    assert network.layer_shape("h4") == (h4,)
    assert Autoencoder(network).layer_shape("IMAGE") == shape


def test_weights_are_a_function_of_the_seed_and_lie_channels_last():
    first, again, other = (ResNet(blocks=1, seed=seed) for seed in (4, 4, 5))
    assert all(map(torch.equal, first.parameters(), again.parameters()))
    assert not torch.equal(next(first.parameters()), next(other.parameters()))
    output = first.encoder("h2")(some_images(2))
    assert output.is_contiguous(memory_format=torch.channels_last)
    # They are drawn as the usual layout draws them.
    with torch.random.fork_rng():
        torch.manual_seed(4)
        plain = nn.Conv2d(3, 16, 3, padding=1, bias=False)
    assert torch.equal(next(first.parameters()), plain.weight)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"shape": (3, 28, 28)}, r"multiples of 16.*received 28 × 28\. Add a margin.*up to 32"),
        ({"shape": (3, 30, 32)}, "leaves nothing out; received 30 × 32"),
        ({"shape": (32, 32)}, r"shape must be \(channels, h, w\)"),
        ({"widths": ()}, r"widths=\(\)"),
        ({"widths": (16, 0)}, r"widths=\(16, 0\)"),
        ({"blocks": 0}, "blocks=0"),
        ({"blocks": 1.5}, "blocks=1.5"),
        ({"slope": 1.0}, r"slope must lie in \[0, 1\); received 1.0"),
        ({"levels": 1}, "levels=1"),
        ({"classes": 0}, "classes must be a whole number, at least 2; received 0"),
    ],
)
def test_what_cannot_be_built_is_refused(arguments, said):
    with pytest.raises(InvalidInputError, match=said):
        ResNet(**arguments)


def test_the_advised_margin_makes_images_fit():
    digits = enlarge(load("digits"), factor=3, margin=2)
    assert digits.inputs.shape[-2:] == (28, 28)
    images = enlarge(digits, factor=1, margin=2).inputs[:2]
    network = ResNet(images.shape[1:], 10, blocks=1, levels=17)
    assert network(torch.tensor(images)).shape == (2, 10)


@pytest.mark.parametrize(("layer", "near"), [("h5", "h4"), ("H3", "h3"), ("logit", "LOGITS")])
def test_a_layer_that_does_not_exist_is_refused_with_the_nearest(layer, near):
    network = ResNet(blocks=1)
    for door in (network.encoder, network.layer_shape):
        with pytest.raises(InvalidInputError, match=rf"received '{layer}'\. Did you mean {near}\?"):
            door(layer)
    for door in (network.head, network.probe):
        with pytest.raises(InvalidInputError, match=rf"Did you mean {near}\?"):
            door(layer, seed=0)
    with pytest.raises(InvalidInputError, match=rf"Did you mean {near}\?"):
        network.encoders(["h1", layer])
    with pytest.raises(InvalidInputError, match="at least one layer"):
        network.encoders([])(some_images(1))


def test_standardising_can_be_undone_and_forgets_no_batch():
    values = 1e-3 * torch.randn(60, 4, 3, 3, generator=torch.Generator().manual_seed(0)) + 5e-3
    layer = standardised((4, 3, 3)).train()
    for batch in values.split(20):
        layer(batch)
    mean = values.mean(dim=(0, 2, 3))
    torch.testing.assert_close(layer.running_mean, mean, rtol=1e-5, atol=1e-8)
    deviations = torch.stack([batch.var(dim=(0, 2, 3)) for batch in values.split(20)]).mean(dim=0)
    expected = (values - mean[:, None, None]) / deviations.sqrt()[:, None, None]
    torch.testing.assert_close(layer.eval()(values), expected, rtol=1e-3, atol=1e-4)
    assert not list(layer.parameters())
    assert standardised((7,)).eval()(torch.zeros(2, 7)).shape == (2, 7)
