"""Pass a model's answers to logged rows to the comparing process, in a file.

The file holds float64 numbers. The first row is the header: the number of logged rows, once they
are read, and how many of them have a state. Each other row is one logged row: its state, the
prediction, and a probability for each class, or NaN. The parent has created the file
(`gatekeeper.evaluation.live_replay`). Readers do not trust its content.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gatekeeper.evidence.live_requests import HEADER_NUMBERS
from shared.contract.documents import Artefact
from shared.errors import DocumentError
from shared.inference.servable import Predictions

UNTRIED, ANSWERED, UNREADABLE, REFUSED, RAISED, NOT_FINITE = range(6)
"""States: no time was left; answered; columns are missing or of other types; a value is missing
that the model needs; the model raised an error; the answer is not finite, or of no known class."""
_FLOAT = np.dtype("<f8")
Table = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """One model's answers to all logged rows."""

    states: npt.NDArray[np.int64]
    """Shape [rows]."""
    table: Table
    """Shape [rows, 1 + classes]: the prediction, and the probabilities or NaN."""
    artefact: Artefact

    @property
    def is_answered(self) -> npt.NDArray[np.bool_]:
        """A mask of the rows with an answer, shape [rows]."""
        return np.equal(self.states, ANSWERED)

    def select(self, mask: npt.NDArray[np.bool_]) -> Predictions:
        """Return the predictions for the rows of *mask*, which are all answered."""
        is_classifier = self.artefact.task == "classification"
        chosen = self.table[mask]
        values = chosen[:, 0].astype(np.int64 if is_classifier else np.float64)
        has_probabilities = is_classifier and self.artefact.has_probabilities
        return Predictions(values, chosen[:, 1:] if has_probabilities else None)


def map_answers(path: Path, rows: int, artefact: Artefact) -> Table:
    """Map the file for writing the answers to *rows* rows; raise DocumentError if it is too small.

    The result has the shape [1 + rows, 2 + classes].
    """
    shape = (1 + rows, HEADER_NUMBERS + len(artefact.classes))
    if shape[0] * shape[1] * _FLOAT.itemsize > path.stat().st_size:
        raise DocumentError(
            f"The answers to {rows} logged rows need more memory than a model may use. "
            "See GATEKEEPER_EVALUATION_MEMORY_MIB."
        )
    # numpy's types list the modes one by one.
    return np.memmap(path, dtype=_FLOAT, mode="r+", shape=shape)


def read_answers(path: Path, rows: int, artefact: Artefact) -> Answers:
    """Read the answers to *rows* rows; raise DocumentError if the file cannot have them.

    A row with an impossible answer counts as not finite.
    """
    shape = (1 + rows, HEADER_NUMBERS + len(artefact.classes))
    found = np.fromfile(path, dtype=_FLOAT, count=shape[0] * shape[1])
    if len(found) < shape[0] * shape[1] or found[0] != rows:
        raise DocumentError("Another number of logged rows was read by another process.")
    table = found.reshape(shape)[1:]
    states = np.where(np.isin(table[:, 0], range(6)), table[:, 0], NOT_FINITE).astype(np.int64)
    is_valid = find_valid(table[:, 1:], artefact)
    states[(states == ANSWERED) & ~is_valid] = NOT_FINITE
    return Answers(states, table[:, 1:], artefact)


def find_valid(table: Table, artefact: Artefact) -> npt.NDArray[np.bool_]:
    """Return which rows of predictions and probabilities are finite, and of a known class."""
    values, probabilities = table[:, 0], table[:, 1:]
    if artefact.task == "regression":
        return np.isfinite(values)
    is_known = np.isin(values, np.arange(len(artefact.classes)))
    if artefact.has_probabilities:
        is_known &= np.isfinite(probabilities).all(axis=1)
    return is_known
