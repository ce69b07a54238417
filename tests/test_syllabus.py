"""Every system and idea of the syllabus has its place: words that a section of its notebook must
hold.
"""

import re

import pytest

from course.notebook_files import read
from course.paths import SOLUTIONS, sources

CLOSING = ("Summary", "Recall", "Three questions", "Where this comes from")

SYLLABUS = {
    "01": (
        """Hubel; from edges; the place; X-ray|passport; share; softmax; template; Toeplitz|band;
        permut|shuffle; equivarian|map moves; global"""
    ),
    "02": (
        """cross-correlation; Sobel; blur; sharpen; Gabor; bias; stride; replicate; reflect; valid;
        dilation; does not divide; receptive field; effective; 1 x 1; multiply-adds; im2col;
        gradient; kernel of size 1|composed|one kernel|are one"""
    ),
    "03": (
        """text; sound|audio; voxel; video|film; causal; strided; group; depthwise; separable;
        transposed; checkerboard; never hear; point cloud|points"""
    ),
    "04": (
        """max; average; min; global; stride; overlap; small shifts; dark; noise; memory; overfit;
        all-convolutional; generat; anti-alias; ceil|rounded up"""
    ),
    "05": (
        """center; scal; PCA; loss surface|valley|contour; batch norm; gamma; beta; running;
        evaluation; fold; regulariz; layer norm; instance norm; group norm; local response; not
        understood|dispute; 2015"""
    ),
    "06": (
        """zero; variance; Xavier; Kaiming; fan-in; orthogonal; sigmoid; tanh; ReLU; Swish; gain;
        LSUV; saturat
        """
    ),
    "07": (
        """1998; 60,000; modern form; teaching variant; softmax; training loop; heart|overfit;
        learning curve; confusion; filter; feature map; Keras; JAX; NHWC|N, H, W, C; frame|slider;
        learning-rate range test; high"""
    ),
    "08": (
        """AlexNet; 227; local response; two GPUs; tanh; overlaps; dropout; VGG; 5 ?x ?5; 7 ?x ?7;
        VGG-?16; VGG-?19; memory; augment|moves and mirrors|mirror"""
    ),
    "09": (
        """Network in Network; global average; Inception; same padding|padding;
        concatenat|stacked|join; bottleneck; GoogLeNet; side heads; v3; 1xn, then nx1; grid|halv;
        residual"""
    ),
    "10": (
        """degradation|deeper; 20; 56; overfitting; vanish; explod; identity; weight decay; zero
        padding|padded with zeros|zeros; projection; bottleneck; ResNet-18; ResNet-152; highway;
        pre-activation"""
    ),
    "11": (
        """squeeze; excit; ratio; search space; controller; reward; 800; 28 days; 500; NASNet-A;
        normal; reduction; Swish; ENAS; MnasNet; AutoAugment; REINFORCE; evolution; random"""
    ),
    "12": (
        """top-1; top-5; parameters; ImageNet; filters; frozen; tuned; scratch; negative
        transfer|hurts; preprocess|expects|prepare; batch norm; patch; low; middle; high;
        nearest"""
    ),
    "13": (
        """parameters; multiply-adds; seconds; scoreboard; seed; reflection|own words;
        rubric|points|grade; Pareto"""
    ),
    "14": (
        """by heart; early stopping; patience; validation set; L2 regularization; weight decay;
        hyperparameter; AdamW|decoupled; dropout; batch norm; running variance; seeds"""
    ),
    "15": (
        """dense block; growth rate; transition; concatenat; ResNeXt; cardinality; Xception;
        MobileNet; inside out|inverted; wide residual; backbone; contest; as Keras lists"""
    ),
}

# What the lectures hold and the course lacked: the cell where each now is, and a word of it.
LECTURES = {
    "L2 as a term of the loss": ("14", "price", "L2 regularization"),
    "weight decay as a step": ("14", "price-step", "weight decay"),
    "why they differ under Adam": ("14", "adam", "divided as well"),
    "its coefficient chosen": ("14", "choose", "powers of ten"),
    "early stopping": ("14", "stop-text", "early stopping"),
    "dropout and batch norm together": ("14", "both", "unnecessary"),
    "what each does to the weights": ("14", "both-weights-text", "the weights"),
    "pre-activation's second reason": ("10", "pre-meaning", "two benefits"),
    "a thousand layers": ("10", "thousand-meaning", "ResNet-1202"),
    "plain and residual on ImageNet": ("10", "residual-meaning", "On ImageNet"),
    "DenseNet": ("15", "dense", "DenseNet"),
    "its memory": ("15", "memory", "copies"),
    "its ways": ("15", "paths", "How long are these ways"),
    "ResNeXt": ("15", "groups", "ResNeXt"),
    "Xception and MobileNets": ("15", "depthwise", "Xception"),
    "wide residual nets": ("15", "wide", "wide"),
    "the contest's winners": ("15", "years-table", "2011 XRCE"),
    "who was better than people": ("15", "years-people", "5.1 %"),
    "why study cases": ("15", "years", "Why study nets"),
    "trained nets of a framework": ("15", "listed-table", "NASNetMobile"),
    "data sets of the field": ("12", "data-sets", "PASCAL VOC"),
    "their licenses": ("12", "data-sets", "CC BY 4.0"),
    "Keras, running": ("07", "keras-run", "channels_first"),
    "a residual block in Keras": ("10", "keras-block", "layers.Add()"),
    "pretrained": ("12", "nets", "pretrained"),
    "where other norms are at home": ("05", "batch-sizes-meaning", "transformers"),
    "pictures of another kind": ("05", "unlike-text", "another scanner"),
    "why gamma and beta": ("05", "inside", "nearly a straight line"),
    "the first net that was found": ("11", "story", "windows that are higher"),
    "searching for an optimizer": ("11", "story", "PowerSign"),
    "weights shared by all nets": ("11", "shared", "ENAS"),
    "AutoML": ("11", "story", "AutoML"),
    "where highways come from": ("10", "highway", "LSTM"),
    "six 1x1 filters": ("09", "six-filters", "six 1x1"),
    "a layer's interface": ("02", "backward", "**forward**"),
    "nets that make pictures": ("04", "generative-text", "autoencoder"),
    "skip connection": ("10", "residual", "skip connection"),
    "zero padding": ("02", "padding-effect", "Zero padding"),
}
WANTED = [
    (number, " ".join(words.split()))
    for number, all_ in SYLLABUS.items()
    for words in all_.split(";")
]


def sections(number: str) -> str:
    """Text and code of a solved notebook without its closing sections."""
    (path,) = sources(SOLUTIONS, [number])
    parts = re.split(r"^## ", "\n".join(cell.source for cell in read(path).cells), flags=re.M)
    return "\n".join(part for part in parts if not part.startswith(CLOSING))


@pytest.mark.parametrize(("number", "words"), WANTED)
def test_it_has_its_place(number, words):
    assert re.search(words, sections(number), re.I), (
        f"Notebook {number} has no section on {words}."
    )


@pytest.mark.parametrize("item", LECTURES)
def test_it_has_its_cell(item):
    number, cell, words = LECTURES[item]
    (path,) = sources(SOLUTIONS, [number])
    (source,) = (one.source for one in read(path).cells if one.id == cell)
    assert words in source


def test_closing_sections_do_not_count():
    assert "Where this comes from" in "".join(
        CLOSING
    ) and "\nWhere this comes from" not in sections("02")
