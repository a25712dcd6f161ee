"""`python -m trainer.brought_models.model_child`: the process that reads and runs a model.

A model may be damaged, too large, or without an end. Here it harms nobody: the parent sets limits
and ends this process at its deadline.
"""

import os
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.container.resource_limits import limit_memory
from shared.contract.documents import (
    JSON_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Artefact,
    Descriptor,
    Feature,
)
from shared.contract.layout import GOLDEN, ONNX_MODEL
from shared.errors import ServableError
from shared.inference.onnx_reading.unbounded_operators import find_unbounded_operators
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import Predictions, predict_in_batches
from shared.parent_process import exit_with_parent
from trainer.brought_models.bare.bare_answers import read_answers
from trainer.brought_models.bare.bare_model import BareModel, show_error
from trainer.brought_models.bare.embedded_weights import embed_weights
from trainer.brought_models.bare.input_feeds import make_feeds
from trainer.brought_models.bare.input_plan import plan_inputs
from trainer.brought_models.bare.output_plan import Wish, plan_outputs
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.brought_models.messages import read_message, write_message
from trainer.brought_models.wrapping import wrap_model

Arrays = dict[str, npt.NDArray[Any]]


class _Model:
    """The bare model, and the wrapped one once it is made."""

    def __init__(self, data: bytes, weights: dict[str, bytes]) -> None:
        data = embed_weights(data, weights)
        self._bare = BareModel(data)
        self._unbounded = find_unbounded_operators(data)

    def wrap(self, fields: dict[str, Any], sample: npt.NDArray[np.float64]) -> Any:
        """Plan inputs and outputs, and wrap the model. Return what the publisher needs."""
        self._features = tuple(
            Feature.model_validate(each, strict=False) for each in fields["features"]
        )
        classes = tuple(fields["classes"])
        self._inputs = plan_inputs(self._bare.inputs, self._features, sample)
        outputs = self._bare.run(make_feeds(self._inputs, self._features, sample))
        wish = Wish(fields["output"], tuple(fields["wished_classes"]))
        self._outputs = plan_outputs(self._bare, outputs, classes, wish)
        wrapped = wrap_model(self._bare, self._inputs, self._outputs, self._features)
        artefact = Artefact(
            task="classification" if classes else "regression",
            features=self._features,
            classes=classes,
            has_probabilities=self._outputs.order is not None and self._outputs.numbers is not None,
            number_type=self._inputs.number_type,
            model=Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, wrapped),
            golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, b""),
        )
        try:
            self._servable = OnnxServable(wrapped, artefact)
        except ServableError as error:
            raise UnfitModelError(
                f"The model cannot be wrapped: {show_error(error)}. "
                "Export it with a newer operator set, such as opset 17."
            ) from error
        order = self._outputs.order
        answer = {
            "has_probabilities": artefact.has_probabilities,
            "number_type": artefact.number_type,
            "batch_rows": self._bare.batch_rows,
            "unbounded": self._unbounded,
            "note": order.note if order is not None else "",
        }
        return answer, {"model": np.frombuffer(wrapped, dtype=np.uint8)}

    def answer_bare(self, rows: npt.NDArray[np.float64]) -> Predictions:
        """Return the answers of the bare model."""
        feeds = make_feeds(self._inputs, self._features, rows)
        return read_answers(self._outputs, self._bare.run(feeds))

    def answer_wrapped(self, rows: npt.NDArray[np.float64]) -> Predictions:
        """Return the answers of the wrapped model, as a predictor gives them."""
        try:
            return predict_in_batches(self._servable, rows)
        except ServableError as error:
            raise UnfitModelError(
                f"The wrapped model fails on {len(rows)} rows, though the bare one does not: "
                f"{show_error(error)}. Export the model with a free dimension of rows."
            ) from error


def main() -> None:
    """Answer messages until the parent closes its end."""
    exit_with_parent()
    requests = sys.stdin.buffer
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not disturb the messages
    fields, _ = read_message(requests)
    limit_memory(fields["memory_mib"])
    write_message(replies, {}, {})
    model: _Model | None = None
    while True:
        try:
            fields, arrays = read_message(requests)
        except EOFError:
            return
        try:
            if model is None:
                files = [array.tobytes() for array in arrays.values()]
                model = _Model(files[0], dict(zip(fields["weights"], files[1:], strict=True)))
                answer: tuple[dict[str, Any], Arrays] = ({}, {})
            else:
                answer = _answer(model, fields, arrays)
        except UnfitModelError as error:
            answer = {"unfit": str(error)}, {}
        except MemoryError:
            answer = {"out_of_memory": True}, {}
        except Exception as error:  # noqa: BLE001 - a hostile file may cause errors of any type
            what = f"{type(error).__name__}: {show_error(error)}"
            answer = {"unfit": f"The model cannot be read: {what}. Export it again."}, {}
        write_message(replies, *answer)


def _answer(model: _Model, fields: dict[str, Any], arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    rows = arrays["rows"]
    if fields["step"] == "wrap":
        found: tuple[dict[str, Any], Arrays] = model.wrap(fields, rows)
        return found
    predict = model.answer_bare if fields["step"] == "bare" else model.answer_wrapped
    predictions = predict(rows)
    result = {"values": predictions.values}
    if predictions.probabilities is not None:
        result["probabilities"] = predictions.probabilities
    return {}, result


if __name__ == "__main__":
    main()
