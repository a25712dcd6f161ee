"""A signature is of one document of one kind, byte for byte, and openssl agrees."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from shared.contract import strict_json
from shared.contract.documents import Registry
from shared.contract.layout import MANIFEST, MANIFEST_SIGNATURE
from shared.contract.signatures import (
    sign_manifest,
    sign_registry,
    verify_manifest,
    verify_registry,
)
from shared.errors import SignatureError, StoreError
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.signing import Keys, known_together, new_keys

HERE = Path("registry.json")


@pytest.fixture
def registry(store: ModelStore) -> Registry:
    return promote(store, toy_model())


def test_a_signed_registry_verifies_and_says_who(registry: Registry, keys: Keys) -> None:
    signed = sign_registry(registry, keys.gatekeeper)
    assert verify_registry(signed.encode(), keys.gatekeepers, HERE) == keys.gatekeeper.fingerprint
    assert sign_registry(signed, keys.gatekeeper) == signed, "of the document without it"
    assert sign_registry(signed, None) == registry
    assert b"signature" not in registry.encode()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"digest": "sha256:" + "0" * 64},
        {"metrics": {"accuracy": 0.5}},
        {"from_the_future": 1},
        {"signature": "AAAA"},
        {"signature": "no base64"},
        {"signature": base64.b64encode(bytes(64)).decode()},
    ],
)
def test_an_altered_registry_does_not_verify(
    registry: Registry, keys: Keys, change: dict[str, Any]
) -> None:
    signed = json.loads(sign_registry(registry, keys.gatekeeper).encode())
    with pytest.raises(SignatureError, match="is not valid: another key"):
        verify_registry(strict_json.encode(signed | change), keys.gatekeepers, HERE)


@pytest.mark.parametrize("signature", [None, 1, [], {"value": ""}])
def test_a_missing_signature_says_what_to_do(
    registry: Registry, keys: Keys, signature: object
) -> None:
    content = json.loads(registry.encode()) | {"signature": signature}
    for data in (registry.encode(), strict_json.encode(content)):
        with pytest.raises(SignatureError, match=r"is not signed.*GATEKEEPER_SIGNING_KEY"):
            verify_registry(data, keys.gatekeepers, HERE)


def test_no_byte_may_differ_where_parsers_might(registry: Registry, keys: Keys) -> None:
    data = sign_registry(registry, keys.gatekeeper).encode()
    for other in (data + b"\n", data.replace(b": 1,", b":  1,", 1), data.replace(b"1.0", b"1.00")):
        assert other != data
        with pytest.raises(SignatureError, match="not in canonical form"):
            verify_registry(other, keys.gatekeepers, HERE)
    for torn in (data[:-20], b"[]\n", b"", data.replace(b'"version"', b'"version": 9, "version"')):
        with pytest.raises(StoreError):
            verify_registry(torn, keys.gatekeepers, HERE)


def test_fields_from_the_future_are_signed_and_kept(registry: Registry, keys: Keys) -> None:
    newer = registry.model_copy(update={"from_the_future": [1, 2.5]})
    data = sign_registry(newer, keys.gatekeeper).encode()
    assert verify_registry(data, keys.gatekeepers, HERE)
    assert Registry.decode(data, HERE).encode() == data


def test_keys_of_others_do_not_count(registry: Registry, keys: Keys, tmp_path: Path) -> None:
    data = sign_registry(registry, keys.trainer).encode()
    with pytest.raises(SignatureError, match=keys.gatekeeper.fingerprint):
        verify_registry(data, keys.gatekeepers, HERE)
    other = new_keys(tmp_path / "other")
    data = sign_registry(registry, other.gatekeeper).encode()
    with pytest.raises(SignatureError):
        verify_registry(data, keys.gatekeepers, HERE)
    both = known_together(
        keys.directory / "gatekeeper.pub.pem", other.directory / "gatekeeper.pub.pem"
    )
    assert verify_registry(data, both, HERE) == other.gatekeeper.fingerprint


def test_a_signature_of_one_kind_is_none_of_the_other(registry: Registry, keys: Keys) -> None:
    """Even of the same bytes, by the same key."""
    as_manifest = sign_manifest(registry.encode(), keys.trainer)
    pasted = registry.model_copy(update={"signature": base64.b64encode(as_manifest).decode()})
    with pytest.raises(SignatureError, match="is not valid: another key"):
        verify_registry(pasted.encode(), keys.trainers, HERE)
    signed = sign_registry(registry, keys.trainer)
    assert verify_registry(signed.encode(), keys.trainers, HERE)
    as_registry = base64.b64decode(str(signed.signature))
    with pytest.raises(SignatureError):
        verify_manifest(registry.encode(), as_registry, keys.trainers, HERE)


needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")


def openssl(*arguments: object, cwd: Path) -> str:
    done = subprocess.run(
        ["openssl", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=True
    )
    return done.stdout


@needs_openssl
def test_openssl_verifies_a_manifest_as_the_format_says(store: ModelStore, keys: Keys) -> None:
    candidate = store.layout.candidate(toy_candidate().publish(store, keys.trainer))
    signed = b"modelgate manifest 1\n" + (candidate / MANIFEST).read_bytes()
    (keys.directory / "signed").write_bytes(signed)
    command = ["pkeyutl", "-verify", "-pubin", "-inkey", "trainer.pub.pem", "-rawin"]
    shown = openssl(
        *command, "-in", "signed", "-sigfile", candidate / MANIFEST_SIGNATURE, cwd=keys.directory
    )
    assert "Verified Successfully" in shown
    openssl("pkey", "-pubin", "-in", "trainer.pub.pem", *OUT, cwd=keys.directory)
    digest = openssl("dgst", "-sha256", "-r", "key.der", cwd=keys.directory).split()[0]
    assert keys.trainer.fingerprint == f"sha256:{digest}"


OUT = ("-outform", "DER", "-out", "key.der")


@needs_openssl
def test_openssl_s_keys_and_signatures_are_taken(
    registry: Registry, keys: Keys, tmp_path: Path
) -> None:
    openssl("genpkey", "-algorithm", "ed25519", "-out", "gatekeeper.pem", cwd=tmp_path)
    public = ("-pubout", "-out", "gatekeeper.pub.pem")
    openssl("pkey", "-in", "gatekeeper.pem", *public, cwd=tmp_path)
    theirs = Keys(tmp_path)
    (tmp_path / "signed").write_bytes(b"modelgate registry 1\n" + registry.encode())
    command = ["pkeyutl", "-sign", "-inkey", "gatekeeper.pem", "-rawin", "-in", "signed"]
    openssl(*command, "-out", "signature", cwd=tmp_path)
    signature = base64.b64encode((tmp_path / "signature").read_bytes()).decode()
    by_hand = registry.model_copy(update={"signature": signature})
    assert by_hand == sign_registry(registry, theirs.gatekeeper)
    assert verify_registry(by_hand.encode(), theirs.gatekeepers, HERE)
    with pytest.raises(SignatureError):
        verify_registry(by_hand.encode(), keys.gatekeepers, HERE)
