"""The newest models are kept, and all models in use."""

from datetime import UTC, datetime, timedelta

from gatekeeper.background.retention import LOOK_SECONDS, Retention, digests_to_keep
from gatekeeper.decisions.rollback import roll_back
from shared.contract.heartbeat import Heartbeat
from shared.contract.layout import model_directory_name
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote
from tests.support.stores.opened_files import opened_files

MODELS = [toy_model(bias=bias) for bias in (1.0, 2.0, 3.0, 4.0)]


def beat(
    desired: ToyModel | None, serving: ToyModel | None, *, age_seconds: float = 0.0
) -> Heartbeat:
    return Heartbeat(
        worker="worker",
        host="host",
        pid=1,
        beat_at=datetime.now(UTC) - timedelta(seconds=age_seconds),
        heartbeat_seconds=60.0,
        desired_version=None,
        desired_digest=desired.digest if desired else None,
        serving_version=None,
        serving_digest=serving.digest if serving else None,
        loaded_at=None,
        last_error=None,
    )


def promote_all(store: ModelStore) -> None:
    for model in MODELS:
        promote(store, model)


def apply(store: ModelStore, newest: int) -> set[str]:
    """Apply retention and return the remaining digests."""
    Retention(store, newest).apply(store.decision_log())
    assert not [p for p in store.layout.models.iterdir() if p.name.startswith(".")]
    return set(store.models.digests())


def digests(*models: ToyModel) -> set[str]:
    return {model.digest for model in models}


def test_the_newest_models_are_kept(store: ModelStore) -> None:
    promote_all(store)
    assert apply(store, 2) == digests(*MODELS[2:])
    assert apply(store, 1) == digests(MODELS[3])


def test_all_models_stay_while_there_are_few(store: ModelStore) -> None:
    promote_all(store)
    assert apply(store, 4) == digests(*MODELS)


def test_a_model_counts_by_its_last_promotion(store: ModelStore) -> None:
    promote_all(store)
    roll_back(store, 1)
    assert apply(store, 2) == digests(MODELS[0], MODELS[3])


def test_models_that_a_live_worker_wants_or_serves_are_kept(store: ModelStore) -> None:
    promote_all(store)
    store.heartbeats.write(beat(desired=MODELS[1], serving=MODELS[0]))
    assert apply(store, 1) == digests(MODELS[0], MODELS[1], MODELS[3])


def test_a_dead_worker_keeps_no_model(store: ModelStore) -> None:
    promote_all(store)
    silent = beat(desired=MODELS[1], serving=MODELS[0])
    store.heartbeats.write(silent.model_copy(update={"heartbeat_seconds": 1e-9}))
    assert apply(store, 1) == digests(MODELS[0], MODELS[1], MODELS[3]), "not judged at first sight"
    for _ in range(2):
        store.heartbeats.survey()
    assert apply(store, 1) == digests(MODELS[3])


def test_a_model_without_a_decision_is_removed_first(store: ModelStore) -> None:
    promote_all(store)
    orphan = toy_model(bias=9.0)
    with store.models.staging() as staging:
        for name, data in orphan.files.items():
            (staging / name).write_bytes(data)
        store.models.publish(staging, orphan.digest)
    assert apply(store, 4) == digests(*MODELS)


def test_a_pinned_model_stays_until_its_commit(store: ModelStore) -> None:
    promote_all(store)
    retention = Retention(store, 1)
    with store.models.pinned(MODELS[0].digest):
        retention.apply(store.decision_log())
        assert set(store.models.digests()) == digests(MODELS[0], MODELS[3])
    retention.apply(store.decision_log())
    assert set(store.models.digests()) == digests(MODELS[3])


def test_while_all_models_are_in_use_the_heartbeats_are_read_once_a_second(
    store: ModelStore,
) -> None:
    promote_all(store)
    store.heartbeats.write(beat(desired=MODELS[1], serving=MODELS[0]))
    now = 0.0
    retention = Retention(store, 1, clock=lambda: now)
    log = store.decision_log()
    retention.apply(log)
    retention.apply(log)
    with opened_files() as opened:
        retention.apply(log)
        now = LOOK_SECONDS / 2
        retention.apply(log)
    assert opened == []
    store.heartbeats.remove("worker")
    now = LOOK_SECONDS
    retention.apply(log)
    assert set(store.models.digests()) == digests(MODELS[3])


def test_a_model_that_comes_into_use_while_it_is_hidden_is_put_back(store: ModelStore) -> None:
    promote_all(store)
    log = store.decision_log()  # from before the rollback that another gatekeeper commits
    roll_back(store, 1)
    Retention(store, 1).apply(log)
    assert set(store.models.digests()) == digests(MODELS[0], MODELS[3])
    assert (store.layout.models / model_directory_name(MODELS[0].digest)).is_dir()


def test_without_decisions_only_models_in_use_are_kept() -> None:
    assert digests_to_keep([], [], 3) == set()
    assert digests_to_keep([], [beat(MODELS[0], None)], 1) == digests(MODELS[0])
