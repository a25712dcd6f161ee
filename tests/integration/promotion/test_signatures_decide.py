"""With keys, the gatekeeper promotes what a known trainer signed, and signs the registry."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gatekeeper.decisions.approval import Approvals
from gatekeeper.decisions.approval_queue import ApprovalQueue
from gatekeeper.decisions.rollback import roll_back
from gatekeeper.decisions.signing import NO_KEYS, Signing
from gatekeeper.evaluation.champion import add_row_hashes
from gatekeeper.evidence.facts import Champion
from shared.contract.check_result import CheckResult
from shared.contract.layout import HOLDOUT, MANIFEST, MANIFEST_SIGNATURE
from shared.contract.signatures import verify_registry
from shared.errors import AlreadyInProductionError, NotAwaitingApprovalError, SignatureError
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import ToyCandidate, promote, toy_candidate
from tests.support.stores.gatekeeping import failed_checks, gatekeeper_of, outcomes
from tests.support.stores.signing import Keys, known_together, new_keys


def of_bias(bias: float) -> ToyCandidate:
    return toy_candidate(toy_model(bias=bias))


def signer_of_production(store: ModelStore, keys: Keys) -> str:
    """Check that registry.json agrees with the log, and return its signer."""
    data = store.layout.registry.read_bytes()
    in_force = store.decision_log().in_force
    assert in_force is not None
    assert data == in_force.registry_bytes
    return verify_registry(data, keys.gatekeepers, store.layout.registry)


def first_check(store: ModelStore, candidate_id: str) -> CheckResult:
    decision = store.decision_log().decision_on(candidate_id)
    assert decision is not None
    return decision.checks[0]


def test_a_signed_candidate_is_promoted_into_a_signed_registry(
    store: ModelStore, keys: Keys
) -> None:
    candidate_id = of_bias(0.0).publish(store, keys.trainer)

    gatekeeper_of(store, signing=keys.of_the_gatekeeper).poll()

    assert signer_of_production(store, keys) == keys.gatekeeper.fingerprint
    check = first_check(store, candidate_id)
    assert (check.name, check.passed) == ("manifest-signed", True)
    assert check.observed == keys.trainer.fingerprint
    assert check.required == [keys.trainer.fingerprint]
    assert check_store(store) == []


def change(directory: Path, name: str) -> None:
    """Change a byte in the middle, in place."""
    content = bytearray((directory / name).read_bytes())
    content[len(content) // 2] ^= 1
    (directory / name).write_bytes(content)


def test_a_manifest_not_signed_by_a_known_trainer_is_refused(
    store: ModelStore, keys: Keys, tmp_path: Path
) -> None:
    stranger = new_keys(tmp_path / "stranger")
    unsigned = of_bias(0.0).publish(store)
    foreign = of_bias(1.0).publish(store, stranger.trainer)
    wrong_kind = of_bias(2.0).publish(store, keys.gatekeeper)
    altered, spoilt, endless, pasted, good = (
        of_bias(bias).publish(store, keys.trainer) for bias in (3.0, 4.0, 5.0, 6.0, 7.0)
    )
    change(store.layout.candidate(altered), MANIFEST)
    change(store.layout.candidate(spoilt), MANIFEST_SIGNATURE)
    (store.layout.candidate(endless) / MANIFEST_SIGNATURE).write_bytes(bytes(1 << 20))
    shutil.copy(
        store.layout.candidate(good) / MANIFEST_SIGNATURE,
        store.layout.candidate(pasted) / MANIFEST_SIGNATURE,
    )

    gatekeeper_of(store, signing=keys.of_the_gatekeeper).poll()

    assert outcomes(store) == ["refused"] * 7 + ["promoted"]
    for candidate_id in (unsigned, endless):
        assert "is not signed" in failed_checks(store, candidate_id)["manifest-signed"]
    for candidate_id in (foreign, wrong_kind, altered, spoilt, pasted):
        failed = failed_checks(store, candidate_id)
        assert failed.keys() == {"manifest-signed"}, "nothing else of it is looked at"
        assert "or the file was altered. Expected a signature" in failed["manifest-signed"]
        assert keys.trainer.fingerprint in failed["manifest-signed"]
    decision = store.decision_log().decision_on(unsigned)
    assert decision is not None
    assert (decision.model_name, decision.scores["candidates"]) == ("unknown", {})
    assert [check.name for check in decision.checks] == ["manifest-signed"]
    assert store.models.digests() == [toy_model(bias=7.0).digest]


def test_an_unsigned_manifest_is_not_parsed(store: ModelStore, keys: Keys) -> None:
    candidate_id = of_bias(0.0).publish(store)
    (store.layout.candidate(candidate_id) / MANIFEST).write_bytes(b'{"a": ' * 100_000)
    gatekeeper_of(store, signing=keys.of_the_gatekeeper).poll()
    assert failed_checks(store, candidate_id).keys() == {"manifest-signed"}


def test_a_signature_covers_every_file(store: ModelStore, keys: Keys) -> None:
    candidate = of_bias(0.0)
    altered = candidate.publish(store, keys.trainer)
    change(store.layout.candidate(altered), HOLDOUT)
    moved = replace(candidate, manifest=of_bias(1.0).manifest).manifest.candidate_id
    shutil.copytree(store.layout.candidate(altered), store.layout.candidate(moved))

    gatekeeper_of(store, signing=keys.of_the_gatekeeper).poll()

    assert failed_checks(store, altered).keys() == {"bytes-match"}
    (message,) = failed_checks(store, moved).values()
    assert f"is the manifest of {altered}" in message, "it cannot be published twice"


def test_only_a_signed_manifest_proves_the_rows_of_production(
    store: ModelStore, keys: Keys
) -> None:
    champion = of_bias(0.0).publish(store, keys.trainer)
    gatekeeper_of(store, signing=keys.of_the_gatekeeper).poll()
    change(store.layout.candidate(champion), MANIFEST_SIGNATURE)
    registry = store.registry.read()
    assert registry is not None
    challenger = of_bias(1.0).manifest

    for trainers, says in ((keys.trainers, "another key signed the file"), (None, "has no rows")):
        found = add_row_hashes(Champion(1, "", None, None), store, registry, challenger, trainers)
        assert says in found.why_rows_unknown


def test_while_a_key_is_changed_both_are_taken(
    store: ModelStore, keys: Keys, tmp_path: Path
) -> None:
    new = new_keys(tmp_path / "new")
    both = known_together(keys.directory / "trainer.pub.pem", new.directory / "trainer.pub.pem")
    old_one = of_bias(0.0).publish(store, keys.trainer)
    gatekeeper_of(store, signing=Signing(both, keys.gatekeeper)).poll()
    new_one = of_bias(1.0).publish(store, new.trainer)
    gatekeeper_of(store, signing=Signing(both, new.gatekeeper)).poll()

    assert first_check(store, old_one).observed == keys.trainer.fingerprint
    assert first_check(store, new_one).observed == new.trainer.fingerprint
    assert signer_of_production(store, new) == new.gatekeeper.fingerprint
    late = of_bias(2.0).publish(store, keys.trainer)
    gatekeeper_of(store, signing=new.of_the_gatekeeper).poll()
    assert "manifest-signed" in failed_checks(store, late)


def test_an_approval_and_a_rollback_are_signed_too(store: ModelStore, keys: Keys) -> None:
    queue, signing = ApprovalQueue(is_manual=True), keys.of_the_gatekeeper
    first, second = (of_bias(bias).publish(store, keys.trainer) for bias in (0.0, 1.0))
    gatekeeper = gatekeeper_of(store, queue=queue, signing=signing)
    gatekeeper.poll()

    decision = Approvals(store, queue, signing).approve(first, "seen")
    assert decision == store.decision_log().decision_on(first)
    assert signer_of_production(store, keys)
    gatekeeper.poll()
    Approvals(store, queue, signing).approve(second, "seen")

    decision = roll_back(store, 1, signing.key)
    assert decision.registry == store.registry.read()
    assert signer_of_production(store, keys)
    assert check_store(store) == []


def test_a_pending_candidate_that_loses_its_signature_is_judged_again(
    store: ModelStore, keys: Keys
) -> None:
    queue, signing = ApprovalQueue(is_manual=True), keys.of_the_gatekeeper
    candidate_id = of_bias(0.0).publish(store, keys.trainer)
    gatekeeper = gatekeeper_of(store, queue=queue, signing=signing)
    gatekeeper.poll()
    change(store.layout.candidate(candidate_id), MANIFEST_SIGNATURE)
    with pytest.raises(NotAwaitingApprovalError, match="changed after it was judged"):
        Approvals(store, queue, signing).approve(candidate_id, "seen")
    gatekeeper.poll()
    assert "manifest-signed" in failed_checks(store, candidate_id)


def test_turning_it_on_signs_what_is_in_production_without_a_training(
    store: ModelStore, keys: Keys, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    promote(store, toy_model())
    gatekeeper = gatekeeper_of(store, signing=keys.of_the_gatekeeper)
    for _ in range(2):
        gatekeeper.poll()
    (said,) = [line for line in caplog.messages if "is not signed" in line]
    assert "To sign it now, run `make rollback VERSION=1`" in said
    with pytest.raises(SignatureError, match="not signed"):
        signer_of_production(store, keys)

    decision = roll_back(store, 1, keys.gatekeeper)

    assert decision.registry is not None
    assert (decision.registry.version, decision.registry.digest) == (2, toy_model().digest)
    assert signer_of_production(store, keys)
    gatekeeper.poll()
    assert [line for line in caplog.messages if "is not signed" in line] == [said]
    with pytest.raises(AlreadyInProductionError):
        roll_back(store, 2, keys.gatekeeper)
    new = new_keys(tmp_path / "new")
    roll_back(store, 2, new.gatekeeper)
    assert signer_of_production(store, new), "and so a key is changed"


def test_without_keys_signatures_are_not_looked_at(store: ModelStore, keys: Keys) -> None:
    signed = of_bias(0.0).publish(store, keys.trainer)
    odd = of_bias(1.0).publish(store, keys.trainer)
    signature = store.layout.candidate(odd) / MANIFEST_SIGNATURE
    signature.unlink()
    signature.mkdir()  # reading it would fail

    gatekeeper_of(store, signing=NO_KEYS).poll()

    assert outcomes(store) == ["promoted", "promoted"]
    assert first_check(store, signed).name != "manifest-signed"
    assert b"signature" not in store.layout.registry.read_bytes()


def test_a_gatekeeper_without_a_key_keeps_signatures_and_adds_none(
    store: ModelStore, keys: Keys
) -> None:
    of_bias(0.0).publish(store, keys.trainer)
    gatekeeper_of(store, signing=keys.of_the_gatekeeper).poll()
    store.layout.registry.unlink()

    gatekeeper_of(store).poll()
    assert signer_of_production(store, keys), "it rolls registry.json forward as it was"

    of_bias(1.0).publish(store)
    gatekeeper_of(store).poll()
    roll_back(store, 1)
    with pytest.raises(SignatureError, match="not signed"):
        signer_of_production(store, keys)
