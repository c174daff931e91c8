"""What the pages of networks say in plain words: what each network is, what it was tried on."""

from __future__ import annotations

ARCHITECTURE_DESCRIPTIONS = {
    "inknet": "Made for this site. It looks at a drawing through small windows, three pixels wide,"
    " layer upon layer: the first find edges, the next corners and bows, the last whole shapes. It"
    " knows an eleventh answer besides the ten digits, that something is no digit at all.",
    "kaggle_cnn": "Two pairs of layers slide small windows over the picture, and after each pair"
    " the picture is shrunk. Built as a well-known entry to a Kaggle competition tells of itself.",
    "lenet5_v2": "LeNet-5, which read cheques in 1998, with what was found out since: its windows"
    " come in pairs, its numbers are kept in a steady range, and parts of it are switched off at"
    " random while it learns, so that it relies on none of them.",
    "sequential8": "Eight layers in a row: the plainest network that looks through windows. Nearly"
    " all of its weights sit in the one layer after them.",
    "mlp": "It has no windows. Every pixel is wired to 512 units at once, and these to 512 more. It"
    " does not know which pixels are neighbours: a digit moved a little is another one to it.",
    "cnn_xavier": "Three layers of larger windows, five pixels wide. It learnt from pictures as"
    " they are, never turned or moved, and is easily thrown by those that are.",
    "fnn": "The smallest of them, and the first: 100 units, each wired to every pixel, and then the"
    " answer. Its arithmetic was written out by hand.",
}
ARCHITECTURE_SUMMARIES = {
    "inknet": "Made for this site; knows when something is no digit.",
    "kaggle_cnn": "Two pairs of windows, as an entry to a Kaggle competition.",
    "lenet5_v2": "LeNet-5 of 1998, with what was found out since.",
    "sequential8": "Eight layers in a row.",
    "mlp": "No windows: every pixel wired to 512 units.",
    "cnn_xavier": "Three layers of larger windows.",
    "fnn": "The smallest and the first: 100 units.",
}
UNKNOWN_ARCHITECTURE = "A network that turns the 28 by 28 pixels of a drawing into an answer."
TEN_CLASSES_NOTE = (
    "It has ten answers, one for each digit: whatever one draws is some digit to it, and what it"
    " doubts is called unsure."
)

SET_TITLES = {
    "mnist": "Scanned digits (MNIST)",
    "pen": "Drawn with a pen",
    "pen_turned": "Drawn and turned by 20°",
    "small": "Small in a picture",
    "thin": "With a thin pen",
    "thick": "With a thick pen",
    "synthetic": "Made by the computer",
    "people": "People of this site",
    "reviewed": "Reviewed of late",
    "letters": "Letters",
    "generated": "Scribbles and shapes",
}
PART_TITLES = {"test": "final test", "validation": "trial"}
PERTURBATION_NAMES = {
    "rotation": ("Turned", "degrees, to the right", "°", 0.0),
    "size": ("Smaller or larger", "pixels of 28 for the longer side", "", 20.0),
    "position": ("Away from the middle", "pixels of 28", "", 0.0),
    "pen_width": ("Drawn with a thinner or thicker pen", "pixels of 28", "", 2.25),
}
"""Of each curve of `robustness`: its title, what x counts, its sign, and what is usual."""

AUGMENTATION_DESCRIPTIONS = {
    "rotation": "turned by up to {:g}°",
    "shift": "moved by up to {:g} pixels",
    "scale": "made smaller or larger by up to {:.0%}",
    "shear": "slanted",
    "warp": "bent",
    "thickness": "thickened or thinned",
}


def describe_architecture(architecture: str) -> str:
    return ARCHITECTURE_DESCRIPTIONS.get(architecture, UNKNOWN_ARCHITECTURE)


def set_title(name: str) -> str:
    return SET_TITLES.get(name, name.replace("_", " ").capitalize())


def set_sort_key(name: str) -> int:
    """Where it stands among all; unknown ones come last."""
    return list(SET_TITLES).index(name) if name in SET_TITLES else len(SET_TITLES)
