"""The rows for which a model fails are found, with any other rows in their call."""

import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from gatekeeper.sandbox.live_rows.answers_file import ANSWERED, NOT_FINITE, RAISED, UNTRIED
from gatekeeper.sandbox.live_rows.careful_answers import answer_rows
from shared.contract.layout import ONNX_MODEL
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import AnyRows, Predictions
from tests.support.models.served import model_that_fails_above_three, toy_regressor


def answer(servable: object, values: "np.ndarray", seconds: float = 60.0) -> "np.ndarray":
    """Return the states and predictions of rows with one feature, shape [n, 2]."""
    table = np.zeros((len(values), 2))
    artefact = toy_regressor((1.0,)).artefact
    until = time.monotonic() + seconds
    answer_rows(servable, artefact, values[:, None], table, until)  # type: ignore[arg-type]  # fakes
    return table


def test_failing_rows_are_found_between_others() -> None:
    model = model_that_fails_above_three()
    servable = OnnxServable(model.files[ONNX_MODEL], model.artefact)
    values = np.resize([0.0, 1.0, 2.0, 3.0], 3000)
    failing = [0, 17, 18, 1023, 2999]
    values[failing] = 4.0

    table = answer(servable, values)

    assert np.flatnonzero(table[:, 0] == RAISED).tolist() == failing
    others = table[:, 0] == ANSWERED
    assert others.sum() == 2995
    assert (table[others, 1] == 10 * values[others]).all()


@dataclass
class Fake:
    """A model that answers with its rows, and remembers how many rows a call had."""

    calls: list[int] = field(default_factory=list)
    raises: bool = False

    def predict(self, rows: AnyRows) -> Predictions:
        self.calls.append(len(rows))
        if self.raises:
            raise RuntimeError("It fails for every row.")
        return Predictions(rows[:, 0].astype(np.float64), None)


def test_the_rows_are_counted_after_each_call() -> None:
    model, seen = Fake(), list[tuple[int, int]]()
    artefact = toy_regressor((1.0,)).artefact
    rows, until = np.zeros((3000, 1)), time.monotonic() + 60
    table = np.zeros((3000, 2))
    answer_rows(model, artefact, rows, table, until, observe=lambda *amounts: seen.append(amounts))
    assert seen == [(int(done), 3000) for done in np.cumsum(model.calls)]


def test_an_answer_that_is_not_finite_is_no_answer() -> None:
    values = np.arange(50.0)
    values[[3, 4]] = np.nan, np.inf
    states = answer(Fake(), values)[:, 0]
    assert np.flatnonzero(states == NOT_FINITE).tolist() == [3, 4]
    assert (np.delete(states, [3, 4]) == ANSWERED).all()


def test_a_model_that_always_fails_is_called_a_bounded_number_of_times() -> None:
    fake = Fake(raises=True)
    states = answer(fake, np.zeros(100_000))[:, 0]
    assert set(states) == {RAISED, UNTRIED}
    assert len(fake.calls) < 2_200


@pytest.mark.parametrize(("seconds", "tried"), [(-1.0, 0), (60.0, 5000)])
def test_rows_stay_untried_when_the_time_is_over(seconds: float, tried: int) -> None:
    fake = Fake()
    states = answer(fake, np.zeros(5000), seconds)[:, 0]
    assert (states == ANSWERED).sum() == tried
    assert max(fake.calls, default=0) <= 1024
