"""The salt of a split is read from what earlier runs left on the store."""

from shared.contract.time_split import TimeSplit
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of
from trainer.dataset.split import SplitRule
from trainer.publishing.earlier_split import find_recorded_split


def publish(store: ModelStore, salt: str, *, bias: float = 0.0, **data: object) -> str:
    candidate = toy_candidate(toy_model(bias=bias))
    summary = candidate.manifest.data.model_copy(update={"split_salt": salt, **data})
    return candidate.with_manifest(data=summary).publish(store)


def recorded(store: ModelStore, target: str = "size", row_key: str | None = None) -> str | None:
    rule = find_recorded_split(store, store.decision_log(), target, row_key)
    return None if rule is None else rule.salt


def test_an_empty_store_has_no_salt(store: ModelStore) -> None:
    assert recorded(store) is None


def test_without_a_model_in_production_the_newest_candidate_names_the_salt(
    store: ModelStore,
) -> None:
    publish(store, "3")
    publish(store, "4")
    assert recorded(store) == "4"


def test_a_salt_that_is_empty_is_recorded_too(store: ModelStore) -> None:
    publish(store, "")
    assert recorded(store) == ""


def test_the_model_in_production_counts_more_than_a_later_candidate(store: ModelStore) -> None:
    champion = publish(store, "3", bias=0.25)
    gatekeeper_of(store).poll()
    registry = store.decision_log().registry
    assert registry is not None
    assert registry.candidate_id == champion
    publish(store, "experiment")
    assert recorded(store) == "3"


def test_only_the_same_target_and_row_key_count(store: ModelStore) -> None:
    publish(store, "3")
    publish(store, "4", row_key="id")
    publish(store, "5", target="colour")
    assert recorded(store) == "3"
    assert recorded(store, row_key="id") == "4"
    assert recorded(store, "colour") == "5"
    assert recorded(store, "weight") is None


def test_the_salt_survives_the_removal_of_all_candidates(store: ModelStore) -> None:
    champion = publish(store, "3")
    gatekeeper_of(store).poll()
    store.candidates.remove(champion)
    assert store.candidates.ids() == []
    registry = store.registry.read()
    assert registry is not None
    assert registry.split_salt == "3"
    assert recorded(store) == "3"


def test_a_damaged_manifest_is_passed_over(store: ModelStore) -> None:
    publish(store, "3")
    newest = publish(store, "4")
    (store.layout.candidate(newest) / "manifest.json").write_text("damaged")
    assert recorded(store) == "3"


def test_a_very_long_salt_is_not_in_the_registry(store: ModelStore) -> None:
    publish(store, "x" * 70_000)
    gatekeeper_of(store).poll()
    registry = store.registry.read()
    assert registry is not None
    assert registry.split_salt == ""


def test_moved_rows_are_recorded(store: ModelStore) -> None:
    publish(store, "3", moved_rows={"ffffffffffffffff": "holdout", "0000000000000011": "train"})
    rule = find_recorded_split(store, store.decision_log(), "size", None)
    assert rule == SplitRule("3", {2**64 - 1: 2, 17: 0})


def test_a_split_by_time_has_no_rule(store: ModelStore) -> None:
    publish(store, "3")
    publish(store, "", time=TimeSplit(column="month", unit="number", fitted_until=7.0))
    assert recorded(store) == "3"
