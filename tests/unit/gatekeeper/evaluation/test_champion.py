"""Whose row hashes can be compared."""

from gatekeeper.evaluation.champion import are_rows_comparable
from shared.contract.documents import DataSummary, Feature
from tests.support.models.toy import numbers_called
from tests.support.stores.builders import toy_candidate


def data(*features: Feature, row_key: str | None = None) -> DataSummary:
    changes = {"features": features, "row_key": row_key}
    return toy_candidate().manifest.data.model_copy(update=changes)


def test_hashes_of_the_same_columns_or_the_same_key_can_be_compared() -> None:
    width, height = numbers_called(["width", "height"])
    wide = width.model_copy(update={"maximum": 9.0, "nullable": True})

    assert are_rows_comparable(data(width, height), data(height, wide)), (
        "order and range do not matter"
    )
    assert not are_rows_comparable(data(width), data(width, height))
    assert not are_rows_comparable(data(width), data(Feature(name="width", type="boolean")))
    assert not are_rows_comparable(data(), data()), "nobody said which columns they were"
    assert are_rows_comparable(data(width, row_key="id"), data(height, row_key="id"))
    assert not are_rows_comparable(data(width, row_key="id"), data(width))
    assert not are_rows_comparable(data(width, row_key="id"), data(width, row_key="number"))
