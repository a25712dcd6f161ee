"""A trainer's documents are small enough for their readers, or the run names what is too large."""

import pytest

from shared.contract.documents import Feature, Manifest
from shared.contract.layout import MAX_MANIFEST_BYTES, MAX_REPORT_BYTES
from shared.errors import DatasetError, DocumentError
from shared.store.store import ModelStore
from tests.support.stores.builders import toy_candidate
from trainer.publishing.document_sizes import (
    COLUMNS_LEFT_OUT,
    fit_manifest,
    require_small_report,
)


def manifest_with(**data: object) -> Manifest:
    manifest = toy_candidate().manifest
    return manifest.model_copy(update={"data": manifest.data.model_copy(update=data)})


def test_a_manifest_of_usual_size_is_not_changed() -> None:
    manifest = manifest_with(features=(Feature(name="a", type="number"),))
    assert fit_manifest(manifest) is manifest


def test_a_manifest_that_is_too_large_loses_its_columns_and_says_so() -> None:
    columns = tuple(Feature(name=f"column {number}", type="number") for number in range(20_000))
    smaller = fit_manifest(manifest_with(features=columns))
    assert (smaller.data.features, smaller.data.notes) == ((), (COLUMNS_LEFT_OUT,))
    assert len(smaller.encode()) < MAX_MANIFEST_BYTES


def test_a_manifest_that_is_still_too_large_names_its_largest_part() -> None:
    classes = {f"class {number}": 1 for number in range(50_000)}
    with pytest.raises(DatasetError, match=r"Its largest part is data.class_counts with \d+ bytes"):
        fit_manifest(manifest_with(class_counts={"train": classes}))


def test_a_report_that_no_page_would_show_is_refused() -> None:
    assert require_small_report(b"x") == b"x"
    with pytest.raises(DatasetError, match="at most 1048576 are allowed"):
        require_small_report(bytes(MAX_REPORT_BYTES + 1))


def test_no_writer_publishes_a_manifest_that_nobody_reads(store: ModelStore) -> None:
    candidate = toy_candidate().with_manifest(settings={"x": "x" * MAX_MANIFEST_BYTES})
    with pytest.raises(DocumentError, match="at most 1048576 are read"):
        candidate.publish(store)
    assert store.candidates.ids() == []
