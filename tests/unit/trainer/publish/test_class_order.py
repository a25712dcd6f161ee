"""The class of each number of a model: as it lists, as its answers show, or as assumed."""

import numpy as np
import onnx
import pytest
from onnx import helper

from trainer.brought_models.bare.class_order import order_classes_of
from trainer.brought_models.bare.unfit_model import UnfitModelError

CLASSES = ("ash", "birch", "cedar")
SHARES = np.array([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.5, 0.4, 0.1]])


def listing(*labels: str) -> onnx.ModelProto:
    """Return a model with a node that lists labels."""
    inner = helper.make_node("LinearClassifier", ["x"], ["l", "p"])
    if labels:
        inner.attribute.append(helper.make_attribute("classlabels_strings", labels))
    return helper.make_model(helper.make_graph([inner], "outside", [], []))


def test_a_list_that_contradicts_the_answers_needs_the_word_of_a_person() -> None:
    """It may be that of an inner model."""
    answers = [np.array(["ash", "cedar", "birch", "cedar"]), SHARES]
    with pytest.raises(UnfitModelError, match="'cedar', 'ash', 'birch'. Set CLASSES"):
        order_classes_of(listing(*CLASSES), answers, 0, 1, CLASSES, wished=())
    for wished, columns in ((CLASSES, (0, 1, 2)), (("cedar", "ash", "birch"), (1, 2, 0))):
        order = order_classes_of(listing(*CLASSES), answers, 0, 1, CLASSES, wished=wished)
        assert (order.columns, order.labels) == (columns, CLASSES)


@pytest.mark.parametrize("labels", [["birch"] * 4, ["birch", "ash", "birch", "ash"]])
def test_the_list_decides_if_the_answers_do_not_show_the_order(labels: list[str]) -> None:
    listed = listing("cedar", "ash", "birch")
    order = order_classes_of(listed, [np.array(labels), SHARES], 0, 1, CLASSES, wished=())
    assert order.columns == (1, 2, 0)


@pytest.mark.parametrize(
    ("classes", "is_clear"),
    [(("1", "2", "10"), True), (("1", "10", "2"), False), (("-1", "1"), True), (CLASSES, True)],
)
def test_strings_of_numbers_need_classes_unless_their_order_is_that_of_the_numbers(
    classes: tuple[str, ...], is_clear: bool
) -> None:
    shares = np.full((2, len(classes)), 1 / len(classes))
    if is_clear:
        order = order_classes_of(listing(), [shares], None, 0, classes, wished=())
        assert order.columns == tuple(range(len(classes)))
        return
    with pytest.raises(UnfitModelError, match="Set CLASSES"):
        order_classes_of(listing(), [shares], None, 0, classes, wished=())
