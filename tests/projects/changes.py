"""A change of every parameter of every study of ensembles, and which children it leaves be."""

CHANGE_NO_NUMBER = {
    "register_as",
    "scale",
    "unit",
    "data_root",
    "device",
    "fresh",
    "workers",
    "cluster",
}
"""But for the device, whose kind is in the identity."""
TRAINING = {
    "seed": 1,
    "members": 5,
    "epochs": 21,
    "learning_rate": 0.06,
    "batch_size": 255,
    "momentum": 0.5,
    "weight_decay": 0.001,
    "initialisation": "torch",
    "test_fraction": 0.3,
    "split_seed": 1,
}
OF_ONE_SIZE = ("batch_size", "momentum", "weight_decay")
"""What studies have whose batches are of one size."""
NOISE = {
    **TRAINING,
    "betas": "0.02,0.3",
    "orthonormality": "0,1e-4",
    "hidden": "4,3",
    "measured": 4,
    "repeats": 6,
    "queries": 300,
    "bin_origin": "bounds",
}
CHANGES = {
    "main": {
        **TRAINING,
        "task": "digits",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "bin_sweep": {
        **TRAINING,
        "tasks": "digits",
        "hidden": "4,3",
        "activations": "linear,sigmoid",
        "bin_sizes": "0.02,0.4",
        "bin_origin": "bounds",
    },
    "bottleneck": {
        **TRAINING,
        "activations": "linear,sigmoid",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "mixed_activations": {**TRAINING, "tasks": "digits", "bin_size": 0.3, "bin_origin": "bounds"},
    "data_amount": {
        **TRAINING,
        "test_fraction": 0.1,
        "batch_size": 65,
        "shares": "0.04,0.8",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "random_labels": {
        **TRAINING,
        "batch_size": 65,
        "shares": "0.1,0.9",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "ib_bound": {
        **TRAINING,
        "informations": "0.98,0.6",
        "labels": "published",
        "label_seed": 1,
        "largest_tradeoff": 1e5,
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "leaky": {**TRAINING, "tasks": "digits", "hidden": "4,3", "bin_size": 0.3, "fine": 1e-5},
    "stopping": {
        **TRAINING,
        "tasks": "digits",
        "activations": "linear,sigmoid",
        "hidden": "4,3",
        "bin_size": 0.3,
        "bin_origin": "bounds",
        "patience": 5,
        "least_improvement": 0.1,
    },
    "pruning": {
        **TRAINING,
        "tasks": "digits",
        "activations": "relu",
        "hidden": "4,3",
        "wide": "4,3",
        "added": 3,
        "images": 510,
        "wide_epochs": 5,
        "wide_batch": 31,
        "bin_size": 0.3,
        "bin_origin": "bounds",
        "patience": 11,
        "least_improvement": 0.01,
        "error": 0.4,
        "controls": 2,
    },
    "bin_clustering": {**TRAINING, "bin_sizes": "0.02,0.4", "coarse": 0.2, "bin_origin": "bounds"},
    "phases": {
        **TRAINING,
        "task": "mnist",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "phases of images": {
        "seed": 1,
        "learning_rate": 0.06,
        "batch_size": 65,
        "network": "mlp",
        "task": "cifar10",
        "images": 100,
        "held_out": 50,
        "variances": "0.2,1",
        "image_members": 3,
        "image_epochs": 5,
    },
    "depth": {
        **TRAINING,
        "hidden": "5,4",
        "losses": "0.4",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "batch_size": {
        **{name: value for name, value in TRAINING.items() if name not in OF_ONE_SIZE},
        "batch_sizes": "255,1000",
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "full_batch": {
        **TRAINING,
        "hidden": "4,3",
        "activation": "relu",
        "bin_size": 0.3,
        "bin_origin": "bounds",
    },
    "noise_sweep": {**NOISE, "activations": "linear"},
    "spiral": NOISE,
    "invertible": {
        **{name: TRAINING[name] for name in ("seed", "members", "epochs", "learning_rate")},
        "task": "mnist",
        "labels": "digit",
        "images": 100,
        "test_fraction": 0.3,
        "split_seed": 1,
        "blocks": 3,
        "hidden": 7,
        "batch_size": 31,
        "measured": 4,
        "bin_sizes": "0.02,0.4",
        "variances": "0.2",
    },
    "mnist_noise": {
        **{name: TRAINING[name] for name in ("seed", "members", "epochs", "learning_rate")},
        "task": "mnist",
        "images": 100,
        "held_out": 50,
        "betas": "0.2",
        "dropout": 0.3,
        "final_learning_rate": 0.004,
        "batch_size": 31,
        "augmented": "false",
        "measured": 3,
        "bin_sizes": "0.2",
    },
}
GIVEN = {"phases of images": {"network": "cnn", "task": "mnist"}}
"""What a study is given before anything is changed, where it is tried in more ways than one."""
ONLY_READ = {
    ("mnist_noise", "bin_sizes"),
    ("depth", "losses"),
    ("ib_bound", "largest_tradeoff"),
    ("stopping", "patience"),
    ("stopping", "least_improvement"),
    *(("pruning", name) for name in ("patience", "least_improvement", "error", "controls")),
}
"""What is applied to checkpoints and curves afterwards, and is no number of a child."""
KEPT = {
    ("bin_sweep", "bin_origin"): {
        f"szt tanh{place}, bin_size={size}"
        for place in ("", ", borders at -1 and 1")
        for size in (0.01, 0.07, 0.15, 0.3)
    },
    ("bin_clustering", "bin_sizes"): {"szt tanh, bin_size=0.1"},
    ("bin_clustering", "coarse"): {
        f"szt tanh, bin_size={size}" for size in (1e-08, 0.0001, 0.001, 0.01, 0.1, 0.5)
    },
    ("invertible", "blocks"): {"ordinary"},
    ("invertible", "bin_sizes"): {
        f"noise {v}, at {end}" for v in ("0.1", "1") for end in ("least", "most")
    },
    ("invertible", "variances"): {"bins of 0.07", "bins of 2", "ordinary"},
    ("leaky", "bin_size"): {"szt relu, fine bins", "szt leaky_relu, fine bins"},
    ("leaky", "fine"): {"szt relu", "szt leaky_relu"},
    ("mnist_noise", "betas"): {"dropout"},
    ("mnist_noise", "dropout"): {"deterministic", "noisy, beta=0.5"},
    ("pruning", "tasks"): {"digits tanh, big"},
    **{("pruning", name): {"digits tanh, big"} for name in ("epochs", "batch_size", "hidden")},
    **{
        ("pruning", name): {"szt tanh, big"}
        for name in ("wide", "images", "wide_epochs", "wide_batch")
    },
    **{
        ("spiral", name): {"deterministic"}
        for name in ("betas", "orthonormality", "repeats", "queries")
    },
}
"""Children that a change has nothing to do with."""
