"""A fitted pipeline is asked for its answers to generated rows only as long as that tells more."""

from typing import Any

import numpy as np

from tests.support.tables.tables import SCHEMA, blob_parts
from tests.unit.trainer.estimators import Answering
from trainer.export.fitted_answers import FittedAnswers, ask_fitted
from trainer.export.generated_rows import RowGenerator
from trainer.fitting.pipeline_servable import PipelineServable

PARTS = blob_parts()


class Picky(Answering):
    """It fails on rows whose first number is above its argument."""

    def predict(self, X: Any) -> Any:
        if (np.asarray(X)[:, 0] > self.answer).any():
            raise ValueError("I do not know such rows")
        return np.zeros(len(X), dtype=np.int64)


def asked(limit: float) -> FittedAnswers:
    generator = RowGenerator(PARTS.train.rows, SCHEMA.features, np.zeros(0), seed=0)
    return ask_fitted(PipelineServable(Picky(limit), SCHEMA), generator)


def test_a_pipeline_that_answers_is_asked_for_all_rows() -> None:
    found = asked(np.inf)

    assert (len(found.rows), len(found.failed), found.error) == (5000, 0, "")


def test_ten_rows_on_which_the_pipeline_fails_are_enough() -> None:
    found = asked(1.0)

    assert len(found.failed) == 10
    assert (found.failed[:, 0] > 1.0).all()
    assert "I do not know such rows" in found.error
    assert len(found.rows) + len(found.failed) <= 1000
