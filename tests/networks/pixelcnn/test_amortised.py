import pytest
import torch

from ib_mlflow.errors import InvalidInputError
from ib_mlflow.networks import PixelCNN
from ib_mlflow.networks.pixelcnn import AmortisedPixelCNN, join_epoch, joined_shape

EPOCHS = 3
SHAPES = [(5,), (4, 2, 2), (2, 8, 8)]


def draw(*shape, seed=1):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def bits(n, seed=2):
    return torch.randint(
        2, (n, 1, 4, 4), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8
    )


def make(shape, conditioning="convolution"):
    inner = PixelCNN(
        (1, 4, 4), head="bernoulli", filters=4, blocks=1, levels=1, dropout=0.0,
        context=joined_shape(shape, EPOCHS), conditioning=conditioning,
    )  # fmt: skip
    return AmortisedPixelCNN(inner, EPOCHS)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_epoch_is_joined_and_taken_apart(shape):
    h, number = draw(6, *shape), torch.tensor([0, 1, 2, 2, 1, 0])
    joined = join_epoch(h, number, EPOCHS)
    assert joined.shape == (6, *joined_shape(shape, EPOCHS))
    assert torch.equal(joined[:, : shape[0]], h)
    flags = joined[:, shape[0] :].flatten(2)[..., 0] if len(shape) > 1 else joined[:, shape[0] :]
    assert torch.equal(flags.argmax(1), number)
    assert torch.equal(join_epoch(h, 2, EPOCHS), join_epoch(h, torch.full((6,), 2), EPOCHS))


@pytest.mark.parametrize("shape", SHAPES)
def test_before_training_it_is_the_decoder_of_standardised_contexts(shape):
    decoder, images = make(shape), bits(6)
    each = [
        3.0 + 2.0 * number + (1.0 + number) * draw(60, *shape, seed=number) for number in range(3)
    ]
    for number, h in enumerate(each):
        decoder.standardise(number, h)
    number = torch.tensor([0, 1, 2, 2, 1, 0])
    h = torch.stack([each[epoch][row] for row, epoch in enumerate(number.tolist())])
    decoder.initialise(images, join_epoch(h, number, EPOCHS))
    along = (0, *range(2, h.ndim))
    scaled = torch.stack(
        [
            (h[row] - each[epoch].mean(along, keepdim=True)[0])
            / each[epoch].std(along, correction=0, keepdim=True)[0]
            for row, epoch in enumerate(number.tolist())
        ]
    )
    expected = decoder.decoder.log_prob(images, join_epoch(scaled, number, EPOCHS))
    measured = decoder.log_prob(images, join_epoch(h, number, EPOCHS))
    torch.testing.assert_close(measured, expected)


def test_an_epoch_learns_a_map_of_its_own():
    decoder, images, h = make((4, 2, 2)), bits(4), draw(4, 4, 2, 2)
    decoder.log_prob(images, join_epoch(h, 1, EPOCHS)).sum().backward()
    for gradient in (decoder.mixing.grad, decoder.shift.grad):
        moved = gradient.flatten(1).abs().sum(1) > 0
        assert moved.tolist() == [False, True, False]
    before = decoder.log_prob(images, join_epoch(h, 0, EPOCHS))
    with torch.no_grad():
        decoder.mixing[1] *= -1
    assert torch.equal(decoder.log_prob(images, join_epoch(h, 0, EPOCHS)), before)
    # The map is that of the channels, at every place: by hand at the epoch that was changed.
    turned = decoder.log_prob(images, join_epoch(h, 1, EPOCHS))
    with torch.no_grad():
        decoder.mixing[1] *= -1
    torch.testing.assert_close(turned, decoder.log_prob(images, join_epoch(-h, 1, EPOCHS)))


def test_images_of_different_epochs_do_not_disturb_each_other():
    decoder, images, h = make((5,)).eval(), bits(6), draw(6, 5)
    with torch.no_grad():
        decoder.mixing += draw(*decoder.mixing.shape)
    number = torch.tensor([2, 0, 1, 1, 2, 0])
    together = decoder.log_prob(images, join_epoch(h, number, EPOCHS))
    for row, epoch in enumerate(number.tolist()):
        alone = decoder.log_prob(images[row : row + 1], join_epoch(h[row : row + 1], epoch, EPOCHS))
        torch.testing.assert_close(alone[0], together[row])


@pytest.mark.parametrize("shape", SHAPES)
def test_samples_are_those_of_the_inner_decoder(shape):
    decoder, h = make(shape), draw(3, *shape)
    decoder.initialise(bits(9), join_epoch(draw(9, *shape), torch.arange(9) % 3, EPOCHS))
    joined = join_epoch(h, 1, EPOCHS)
    assert torch.equal(decoder.sample(joined, seed=4), decoder.decoder.sample(joined, seed=4))
    assert not torch.equal(
        decoder.sample(joined, seed=4), decoder.sample(join_epoch(h * 50, 0, EPOCHS), seed=4)
    )


def test_what_does_not_fit_is_refused():
    decoder, images, h = make((5,)), bits(2), draw(2, 5)
    with pytest.raises(InvalidInputError, match=r"must lie from 0 to 2; received \[3\]"):
        join_epoch(h, 3, EPOCHS)
    with pytest.raises(InvalidInputError, match="must say the epoch"):
        decoder.log_prob(images, torch.cat([h, torch.full((2, 3), 0.5)], 1))
    with pytest.raises(InvalidInputError, match="must say the epoch"):
        decoder.log_prob(images, torch.cat([h, torch.ones(2, 3)], 1))
    with pytest.raises(InvalidInputError, match=r"shape \(2, 8\)"):
        decoder.log_prob(images, h)
    with pytest.raises(InvalidInputError, match="joined with 3 epochs"):
        AmortisedPixelCNN(PixelCNN((1, 4, 4), levels=1, blocks=1, filters=2, context=3), 3)
    with pytest.raises(InvalidInputError, match="joined with 3 epochs"):
        AmortisedPixelCNN(PixelCNN((1, 4, 4), levels=1, blocks=1, filters=2), 3)
