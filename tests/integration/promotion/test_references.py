"""The reference of a candidate: verified, copied with the model, and kept for its digest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.decisions.rollback import roll_back
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import JSON_MEDIA_TYPE
from shared.contract.layout import ONNX_MODEL, REFERENCE
from shared.errors import StoreError
from shared.live.reference import Reference
from shared.live.reference_file import read_reference
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import ToyCandidate, promote, toy_candidate
from tests.support.stores.full_descriptors import cannot_open
from tests.support.stores.gatekeeping import (
    gatekeeper_of,
    handed_in,
    outcomes,
    refuse,
    with_file,
)

TOY = toy_candidate()
GIVEN = Reference.decode(TOY.files[REFERENCE], REFERENCE)


def with_reference(data: bytes) -> ToyCandidate:
    """Return a candidate of the toy model with *data* as its reference."""
    return with_file(toy_candidate(), REFERENCE, JSON_MEDIA_TYPE, data)


def changed(**fields: Any) -> bytes:
    return GIVEN.model_copy(update=fields).encode()


OTHER = toy_candidate(correct=9, rows=20).files[REFERENCE]


def kept(store: ModelStore) -> Path:
    return store.models.directory(toy_model().digest) / REFERENCE


def test_a_reference_is_copied_with_its_model_and_survives_a_rollback(store: ModelStore) -> None:
    toy_candidate().publish(store)
    toy_candidate(toy_model(bias=0.25)).publish(store)
    gatekeeper_of(store).poll()
    roll_back(store, 1)
    registry = store.registry.read()
    assert registry is not None
    model = store.models.read(registry.digest)
    found = read_reference(store.models.directory(registry.digest), model.artefact)
    assert found is not None
    assert found.reference == GIVEN
    assert kept(store).stat().st_mode & 0o777 == 0o644
    assert check_store(store) == []


def test_a_candidate_without_a_reference_is_promoted(store: ModelStore) -> None:
    handed_in(toy_model()).publish(store)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted"]
    assert not kept(store).exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "not strict JSON"),
        (changed(features=GIVEN.features[:1]), "features is 1; expected 2"),
        (changed(rows=11), "expected counts of 11 rows, found 10"),
        (changed(probabilities=()), "expected 20 bins of probabilities, found 0"),
        (
            changed(predictions=GIVEN.predictions.model_copy(update={"names": ("x", "y")})),
            "it has no class 'x'",
        ),
        (changed(format_version=2), "format_version 2"),
    ],
)
def test_a_reference_that_contradicts_its_artefact_is_refused(
    store: ModelStore, data: bytes, message: str
) -> None:
    failed = refuse(store, with_reference(data).publish(store))
    assert list(failed) == ["schema-compatible"]
    assert failed["schema-compatible"].startswith(REFERENCE)
    assert message in failed["schema-compatible"]


def test_a_model_that_is_promoted_again_keeps_its_first_reference(store: ModelStore) -> None:
    toy_candidate().publish(store)
    with_reference(OTHER).publish(store)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted", "promoted"]
    assert kept(store).read_bytes() == TOY.files[REFERENCE]


def leave_out(path: Path) -> None:
    path.unlink()


def damage(path: Path) -> None:
    path.write_bytes(b"{")


def contradict(path: Path) -> None:
    path.write_bytes(changed(rows=11))


@pytest.mark.parametrize("change", [leave_out, damage, contradict])
def test_a_model_without_a_valid_reference_gets_that_of_the_next_candidate(
    store: ModelStore, change: Callable[[Path], None]
) -> None:
    promote(store, toy_model())
    kept(store).touch()
    change(kept(store))
    with_reference(OTHER).publish(store)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted", "promoted"]
    assert kept(store).read_bytes() == OTHER
    assert check_store(store) == []


def make_newer(path: Path) -> None:
    path.write_bytes(changed(format_version=2))


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("change", [make_newer, link])
def test_a_reference_that_only_this_gatekeeper_cannot_read_stays(
    store: ModelStore, caplog: pytest.LogCaptureFixture, change: Callable[[Path], None]
) -> None:
    promote(store, toy_model())
    kept(store).write_bytes(TOY.files[REFERENCE])
    change(kept(store))
    before = kept(store).read_bytes()
    with_reference(OTHER).publish(store)
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted", "promoted"]
    assert kept(store).read_bytes() == before
    assert "stays, although it cannot be read" in caplog.text


def test_a_promotion_waits_while_the_reference_of_its_model_cannot_be_opened(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy_candidate().publish(store)
    gatekeeper_of(store).poll()
    with_reference(OTHER).publish(store)
    gatekeeper = gatekeeper_of(store)
    with monkeypatch.context() as patch:
        cannot_open(patch, kept(store))
        with pytest.raises(StoreError, match="Too many open files"):
            gatekeeper.poll()
    assert outcomes(store) == ["promoted"]
    gatekeeper.poll()
    assert outcomes(store) == ["promoted", "promoted"]
    assert kept(store).read_bytes() == TOY.files[REFERENCE]
    assert check_store(store) == []


def test_the_first_reference_of_a_damaged_model_survives_its_repair(store: ModelStore) -> None:
    toy_candidate().publish(store)
    gatekeeper_of(store).poll()
    (store.models.directory(toy_model().digest) / ONNX_MODEL).write_bytes(b"damaged")
    with_reference(OTHER).publish(store)
    gatekeeper_of(store).poll()
    assert kept(store).read_bytes() == TOY.files[REFERENCE]
    assert store.models.read(toy_model().digest).model == TOY.files[ONNX_MODEL]


def test_an_identical_model_is_skipped_only_once_it_has_a_reference(store: ModelStore) -> None:
    """Give a model of an earlier release its reference by training it again."""
    policy = GatePolicy(metric="accuracy", skip_identical=True)
    for _ in range(2):
        handed_in(toy_model()).publish(store)
    for _ in range(2):
        toy_candidate().publish(store)
    gatekeeper_of(store, policy).poll()
    assert outcomes(store) == ["promoted", "unchanged", "promoted", "unchanged"]
    assert kept(store).read_bytes() == TOY.files[REFERENCE]
