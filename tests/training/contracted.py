"""A small network around every layer of torch.nn that takes a tensor."""

from functools import partial

import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

SIZE = 16  # numbers of a row, which shapes divide
SHAPES = {
    "flat": (16,),
    "channels": (2, 8),
    "sequence": (4, 4),
    "image": (1, 4, 4),
    "stack of images": (4, 2, 2),
    "volume": (2, 2, 2, 2),
    "deep": (1, 4, 2, 2),
}


class Contracted(nn.Module):
    """A frozen layer, the layer in question, and a linear one behind it."""

    def __init__(self, layer, shape, call=None):
        super().__init__()
        self.shape, self.call = shape, call
        self.frozen = nn.Linear(SIZE, SIZE)
        self.frozen.requires_grad_(False)
        self.layer = layer
        with torch.no_grad():
            units = self.eval().hidden(torch.zeros(2, SIZE)).shape[1]
        self.hidden_layer, self.last = nn.Identity(), nn.Linear(units, 2)
        self.train()

    def hidden(self, inputs):
        entering = self.frozen(inputs).reshape(len(inputs), *self.shape)
        leaving = self.call(self.layer, entering) if self.call else self.layer(entering)
        return leaving.flatten(1)

    def forward(self, inputs):
        return self.last(self.hidden_layer(self.hidden(inputs)))


class Stopped(nn.Module):
    """A layer that gets no gradient, and one that does."""

    def __init__(self, layer):
        super().__init__()
        self.layer, self.gain = layer, nn.Parameter(torch.ones(()))

    def forward(self, inputs):
        with torch.no_grad():
            stopped = self.layer(inputs)
        return self.gain * stopped


class Sometimes(nn.Module):
    """A layer that is left out where the numbers of the batch are small."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(16, 16)

    def forward(self, inputs):
        return self.layer(inputs) if inputs.mean() > 0 else inputs


class LookedUp(nn.Module):
    """Ids through a table of rows, and a frozen layer."""

    def __init__(self, layer):
        super().__init__()
        self.layer, self.frozen = layer, nn.Linear(4, 4)
        self.frozen.requires_grad_(False)
        self.hidden_layer, self.last = nn.Flatten(), nn.LazyLinear(2)
        self(torch.zeros(2, 5, dtype=torch.int64))

    def forward(self, inputs):
        return self.last(self.hidden_layer(self.frozen(self.layer(inputs))))


def first(layer, inputs):
    return layer(inputs)[0]


def thrice(layer, inputs):
    return layer(inputs, inputs, inputs)[0]


def twice(layer, inputs):
    return layer(inputs, inputs)


def undone(layers, inputs):
    pooled, indices = layers[0](inputs)
    return layers[1](pooled, indices)


def unpooled(axes):
    pool, unpool = getattr(nn, f"MaxPool{axes}d"), getattr(nn, f"MaxUnpool{axes}d")
    return nn.ModuleList([pool(2, return_indices=True), unpool(2)])


WORDS = "ELU Hardshrink Hardsigmoid Hardtanh Hardswish LeakyReLU LogSigmoid PReLU ReLU ReLU6 SELU "
WORDS += "CELU GELU Sigmoid SiLU Mish Softplus Softshrink Softsign Tanh Tanhshrink GLU Identity "
WORDS += "Flatten"
# name -> how it is made, the shape that it takes, how it is called
LAYERS = {name: (getattr(nn, name), "flat", None) for name in WORDS.split()}
LAYERS |= {
    name: (partial(getattr(nn, name), dim=1), "flat", None)
    for name in ("Softmin", "Softmax", "LogSoftmax")
}
AXES = {1: "channels", 2: "image", 3: "volume"}
for axes, shape in AXES.items():
    channels = SHAPES[shape][0]
    made = {
        f"Conv{axes}d": lambda kind, c: kind(c, 3, 2),
        f"ConvTranspose{axes}d": lambda kind, c: kind(c, 3, 2),
        f"MaxPool{axes}d": lambda kind, c: kind(2),
        f"AvgPool{axes}d": lambda kind, c: kind(2),
        f"LPPool{axes}d": lambda kind, c: kind(2, 2),
        f"AdaptiveMaxPool{axes}d": lambda kind, c: kind(2),
        f"AdaptiveAvgPool{axes}d": lambda kind, c: kind(2),
        f"ReflectionPad{axes}d": lambda kind, c: kind(1),
        f"ReplicationPad{axes}d": lambda kind, c: kind(1),
        f"ZeroPad{axes}d": lambda kind, c: kind(1),
        f"ConstantPad{axes}d": lambda kind, c: kind(1, 0.5),
        f"CircularPad{axes}d": lambda kind, c: kind(1),
        f"BatchNorm{axes}d": lambda kind, c: kind(c),
        f"InstanceNorm{axes}d": lambda kind, c: kind(c, affine=True),
    }
    for name, make in made.items():
        LAYERS[name] = partial(make, getattr(nn, name), channels), shape, None
    LAYERS[f"MaxUnpool{axes}d"] = partial(unpooled, axes), shape, undone
LAYERS |= {
    "Linear": (lambda: nn.Linear(16, 3), "flat", None),
    "Bilinear": (lambda: nn.Bilinear(16, 16, 3), "flat", twice),
    "CosineSimilarity": (
        nn.CosineSimilarity,
        "sequence",
        lambda layer, x: layer(x, x.flip(2)),
    ),
    "PairwiseDistance": (nn.PairwiseDistance, "sequence", lambda layer, x: layer(x, x.flip(2))),
    "Threshold": (lambda: nn.Threshold(0.1, 0.2), "flat", None),
    "Unflatten": (lambda: nn.Unflatten(1, (4, 4)), "flat", None),
    "Softmax2d": (nn.Softmax2d, "stack of images", None),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), "stack of images", None),
    "LayerNorm": (lambda: nn.LayerNorm(16), "flat", None),
    "RMSNorm": (lambda: nn.RMSNorm(16), "flat", None),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(2), "stack of images", None),
    "CrossMapLRN2d": (lambda: nn.CrossMapLRN2d(2), "stack of images", None),
    "RNN": (lambda: nn.RNN(4, 3, batch_first=True), "sequence", first),
    "LSTM": (lambda: nn.LSTM(4, 3, batch_first=True), "sequence", first),
    "GRU": (lambda: nn.GRU(4, 3, batch_first=True), "sequence", first),
    "RNNCell": (lambda: nn.RNNCell(16, 3), "flat", None),
    "LSTMCell": (lambda: nn.LSTMCell(16, 3), "flat", first),
    "GRUCell": (lambda: nn.GRUCell(16, 3), "flat", None),
    "MultiheadAttention": (
        lambda: nn.MultiheadAttention(4, 2, batch_first=True),
        "sequence",
        thrice,
    ),
    "TransformerEncoderLayer": (
        lambda: nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True),
        "sequence",
        None,
    ),
    "TransformerDecoderLayer": (
        lambda: nn.TransformerDecoderLayer(4, 2, 8, dropout=0.0, batch_first=True),
        "sequence",
        twice,
    ),
    "TransformerEncoder": (
        lambda: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True), 1
        ),
        "sequence",
        None,
    ),
    "TransformerDecoder": (
        lambda: nn.TransformerDecoder(
            nn.TransformerDecoderLayer(4, 2, 8, dropout=0.0, batch_first=True), 1
        ),
        "sequence",
        twice,
    ),
    "Transformer": (
        lambda: nn.Transformer(4, 2, 1, 1, 8, dropout=0.0, batch_first=True),
        "sequence",
        twice,
    ),
    "PixelShuffle": (lambda: nn.PixelShuffle(2), "stack of images", None),
    "PixelUnshuffle": (lambda: nn.PixelUnshuffle(2), "image", None),
    "ChannelShuffle": (lambda: nn.ChannelShuffle(2), "stack of images", None),
    "Upsample": (lambda: nn.Upsample(scale_factor=2), "image", None),
    "UpsamplingNearest2d": (lambda: nn.UpsamplingNearest2d(scale_factor=2), "image", None),
    "UpsamplingBilinear2d": (lambda: nn.UpsamplingBilinear2d(scale_factor=2), "image", None),
    "Fold": (lambda: nn.Fold((3, 3), (2, 2)), "sequence", None),
    "Unfold": (lambda: nn.Unfold((2, 2)), "image", None),
    # beside the layers, what torch does to one
    "momentum of None": (lambda: nn.BatchNorm1d(16, momentum=None), "flat", None),
    "weight norm": (lambda: parametrizations.weight_norm(nn.Linear(16, 3)), "flat", None),
    "spectral norm": (lambda: parametrizations.spectral_norm(nn.Linear(16, 3)), "flat", None),
    "orthogonal": (lambda: parametrizations.orthogonal(nn.Linear(16, 3)), "flat", None),
    "pruned": (lambda: prune.random_unstructured(nn.Linear(16, 3), "weight", 0.5), "flat", None),
    "no gradient": (lambda: Stopped(nn.Linear(16, 3)), "flat", None),
    "no gradient, one by one": (lambda: Stopped(nn.Conv2d(1, 2, 3)), "image", None),
    "control flow": (Sometimes, "flat", None),
    "in place": (lambda: nn.ReLU(inplace=True), "flat", None),
}
TABLES = {
    "Embedding": lambda: nn.Embedding(7, 4),
    "EmbeddingBag": lambda: nn.EmbeddingBag(7, 4),
    # rows that are normed in a pass
    "norm of rows": lambda: nn.Embedding(7, 4, max_norm=0.5),
    "norm of bags": lambda: nn.EmbeddingBag(7, 4, max_norm=0.5),
}
STOCHASTIC = {
    "Dropout": (nn.Dropout, "flat", None),
    "AlphaDropout": (nn.AlphaDropout, "flat", None),
    "RReLU": (nn.RReLU, "flat", None),
    "Dropout1d": (nn.Dropout1d, "channels", None),
    "Dropout2d": (nn.Dropout2d, "stack of images", None),
    "Dropout3d": (nn.Dropout3d, "volume", None),
    "FeatureAlphaDropout": (nn.FeatureAlphaDropout, "stack of images", None),
}
BY_CHANCE = {
    "FractionalMaxPool2d": (lambda: nn.FractionalMaxPool2d(1, 3), "image", None),
    "FractionalMaxPool3d": (lambda: nn.FractionalMaxPool3d(1, (3, 1, 1)), "deep", None),
}
OTHERWISE = {
    "AdaptiveLogSoftmaxWithLoss": "takes labels",
    "Container": "holds modules",
    "DataParallel": "refused by name",
    "Module": "holds modules",
    "ModuleDict": "holds modules",
    "ModuleList": "holds modules",
    "ParameterDict": "holds parameters",
    "ParameterList": "holds parameters",
    "RNNBase": "is what recurrent layers are made of",
    "RNNCellBase": "is what recurrent layers are made of",
    "Sequential": "holds modules",
    "SyncBatchNorm": "needs several GPUs",
}


def network_of(name):
    """The network of a name, in float64."""
    if name in TABLES:
        return LookedUp(TABLES[name]()).double()
    make, shape, call = (LAYERS | STOCHASTIC | BY_CHANCE)[name]
    return Contracted(make(), SHAPES[shape], call).double()
