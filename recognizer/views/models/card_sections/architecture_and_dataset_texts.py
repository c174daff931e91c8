"""Texts about architectures, evaluation sets and perturbations."""

from __future__ import annotations

ARCHITECTURE_DESCRIPTIONS = {
    "inknet": "A residual convolutional network made for this site: eight 3×3 convolutions with"
    " batch normalisation and two residual blocks. It has eleven classes: the ten digits and"
    " “not a digit”.",
    "kaggle_cnn": "A convolutional network with two pairs of 3×3 convolutions, batch normalisation,"
    " max pooling and dropout, modelled on a well-known Kaggle notebook.",
    "lenet5_v2": "A modern variant of LeNet-5 (LeCun et al., 1998): pairs of convolutions, batch"
    " normalisation, ReLU activations and dropout.",
    "sequential8": "A plain convolutional network with two 3×3 convolutions, max pooling and two"
    " dense layers. The first dense layer holds nearly all of its parameters.",
    "mlp": "A four-layer fully connected network: three hidden layers of 512 units with leaky ReLU"
    " activations. It does not use the positions of the pixels, so a shifted digit is a different"
    " input.",
    "cnn_xavier": "A convolutional network with three 5×5 convolutions and two dense layers,"
    " Xavier-initialised. It was trained without augmentation and is sensitive to rotation.",
    "fnn": "A fully connected network with one hidden layer of 100 ReLU units. Its training is"
    " implemented in NumPy.",
}
ARCHITECTURE_SUMMARIES = {
    "inknet": "Residual CNN made for this site; rejects drawings that are not digits.",
    "kaggle_cnn": "CNN with two pairs of 3×3 convolutions and batch normalisation.",
    "lenet5_v2": "Modern variant of LeNet-5 (1998).",
    "sequential8": "Plain CNN with two convolutions and two dense layers.",
    "mlp": "Four-layer fully connected network with 512 units per hidden layer.",
    "cnn_xavier": "CNN with three 5×5 convolutions, trained without augmentation.",
    "fnn": "Fully connected network with one hidden layer of 100 units.",
}
UNKNOWN_ARCHITECTURE = "A network that classifies 28×28 pixel drawings."
TEN_CLASSES_NOTE = (
    "It has ten classes and cannot reject an input: every drawing gets a digit, and low-confidence"
    " predictions are shown as “unsure”."
)

SET_TITLES = {
    "mnist": "MNIST (scanned digits)",
    "pen": "Pen digits",
    "pen_turned": "Pen digits, rotated by 20°",
    "formulas": "Digits in formulas",
    "small": "Simulated uploads, small digits",
    "thin": "Simulated uploads, thin pen",
    "thick": "Simulated uploads, thick pen",
    "synthetic": "Synthetic digits",
    "people": "Users of this site",
    "reviewed": "Recently reviewed",
    "letters": "Letters",
    "generated": "Scribbles and shapes",
    "symbols": "Letters and operators in formulas",
    "doodles": "Doodles",
    "icons": "Icons",
}
PART_TITLES = {"test": "test", "validation": "validation"}
PERTURBATION_NAMES = {
    "rotation": ("Rotation", "degrees, clockwise", "°", 0.0),
    "size": ("Size", "pixels of 28 for the longer side", "", 20.0),
    "position": ("Position", "pixels of 28 off centre", "", 0.0),
    "pen_width": ("Pen width", "pixels of 28", "", 2.25),
}
"""Of each robustness curve: title, meaning of x, unit, and the usual value of x."""

AUGMENTATION_DESCRIPTIONS = {
    "rotation": "rotation up to {:g}°",
    "shift": "translation up to {:g} pixels",
    "scale": "scaling up to {:.0%}",
    "shear": "shear",
    "warp": "elastic deformation",
    "thickness": "thickness",
}


def describe_architecture(architecture: str) -> str:
    return ARCHITECTURE_DESCRIPTIONS.get(architecture, UNKNOWN_ARCHITECTURE)


def set_title(name: str) -> str:
    return SET_TITLES.get(name, name.replace("_", " ").capitalize())


def set_sort_key(name: str) -> int:
    """Return the position among the known sets; unknown sets come last."""
    return list(SET_TITLES).index(name) if name in SET_TITLES else len(SET_TITLES)
