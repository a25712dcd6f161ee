"""What a model gives: its outputs by name."""

from collections.abc import Sequence

import numpy as np

from predictor.open_inference.input_errors import input_error
from predictor.open_inference.tensors import LabelTensor, NumberTensor, OutputTensor
from shared.contract.documents import Artefact
from shared.errors import ServableError
from shared.inference.servable import Predictions

LABEL = "label"
"""A classifier's: the class of each row by name, BYTES, shape [rows]."""
PROBABILITIES = "probabilities"
"""A classifier's, where it has them: one number for each class, shape [rows, classes]."""
PREDICTION = "prediction"
"""A regressor's: the number for each row, FP64, shape [rows]."""


def list_outputs(artefact: Artefact) -> Sequence[str]:
    """The outputs of a model, in their order."""
    if artefact.task != "classification":
        return (PREDICTION,)
    return (LABEL, PROBABILITIES) if artefact.has_probabilities else (LABEL,)


def make_output(name: str, predictions: Predictions, artefact: Artefact) -> OutputTensor:
    """One of `output_names`."""
    if name == LABEL:
        return LabelTensor(predictions.values, artefact.classes)
    if name == PROBABILITIES and predictions.probabilities is not None:
        return NumberTensor(predictions.probabilities)
    return NumberTensor(predictions.values)


def check_predictions(predictions: Predictions, artefact: Artefact) -> None:
    """Refuse what must not go out.

    Raises InputError where the model finds no finite answer, ServableError for a class that
    the model does not have.
    """
    for found in (predictions.values, predictions.probabilities):
        if found is not None and found.dtype.kind == "f" and not np.isfinite(found).all():
            row = int(np.argwhere(~np.isfinite(found))[0][0])
            raise input_error(
                f"The model finds no finite answer for row {row}: its numbers are probably far "
                "outside of what the model was trained on."
            )
    if artefact.task == "classification":
        low, high = int(predictions.values.min()), int(predictions.values.max())
        if low < 0 or high >= len(artefact.classes):
            raise ServableError(
                f"The model answered classes {low} to {high} of {len(artefact.classes)}."
            )
