"""A manifest that is wrong in any way is refused as such, and the queue goes on."""

import json
import shutil
from collections.abc import Callable

import pytest

from shared.contract.layout import ARTEFACT, MANIFEST, ONNX_MODEL
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of, handed_in, outcomes, refuse


def edit_manifest(store: ModelStore, candidate_id: str, edit: Callable[[bytes], bytes]) -> None:
    path = store.layout.candidate(candidate_id) / MANIFEST
    path.write_bytes(edit(path.read_bytes()))


def set_field(name: str, value: object) -> Callable[[bytes], bytes]:
    return lambda data: json.dumps(json.loads(data) | {name: value}).encode()


def inject(text: bytes) -> Callable[[bytes], bytes]:
    """Put raw JSON in place of the manifest's first claimed score."""
    return lambda data: data.replace(b'"accuracy": 1.0', text, 1)


def change_hash(edit: Callable[[str], str]) -> Callable[[bytes], bytes]:
    """Write the hash of the first described file in another way."""

    def act(data: bytes) -> bytes:
        written: str = json.loads(data)["files"][0]["sha256"]
        return data.replace(
            b'"sha256": "' + written.encode(), b'"sha256": "' + edit(written).encode()
        )

    return act


def set_size(size: object) -> Callable[[bytes], bytes]:
    def act(data: bytes) -> bytes:
        document = json.loads(data)
        document["files"][0]["size"] = size
        return json.dumps(document).encode()

    return act


DATA = toy_candidate().manifest.data.model_dump(mode="json")

MANIFESTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "not strict JSON"),
    "one byte short": (lambda data: data.rstrip()[:-1], "not strict JSON"),
    "byte order mark": (lambda data: b"\xef\xbb\xbf" + data, "not strict JSON"),
    "bad UTF-8": (inject(b'"accuracy": 1.0, "\xff": 1'), "not strict JSON"),
    "lone surrogate": (inject(b'"accuracy": 1.0, "\\ud800": 1'), "not strict JSON"),
    "duplicate key": (inject(b'"accuracy": 1.0, "accuracy": 0.1'), "same key twice"),
    "NaN": (inject(b'"accuracy": NaN'), "NaN is not a JSON number"),
    "infinity": (inject(b'"accuracy": Infinity'), "Infinity is not"),
    "negative infinity": (inject(b'"accuracy": -Infinity'), "-Infinity is not"),
    "out of range": (inject(b'"accuracy": 1e999'), "out of range"),
    "score as text": (inject(b'"accuracy": "1.0"'), "holdout_metrics.accuracy"),
    "score as truth": (inject(b'"accuracy": true'), "holdout_metrics.accuracy"),
    "score as list": (inject(b'"accuracy": [1.0]'), "holdout_metrics.accuracy"),
    "score as null": (inject(b'"accuracy": null'), "holdout_metrics.accuracy"),
    "5,000 digits": (inject(b'"accuracy": ' + b"9" * 5000), "not strict JSON|out of range"),
    "nested deeply": (inject(b'"x": ' + b"[" * 50_000 + b"]" * 50_000), "not strict JSON"),
    "over 1 MiB": (lambda data: data + b" " * (1 << 20), "at most 1048576 are read"),
    "not an object": (lambda _: b"[]", "not a JSON object"),
    "newer format": (set_field("format_version", 2), "Update this service"),
    "no format": (set_field("format_version", "1"), "no valid format_version"),
    "another id": (
        set_field("candidate_id", "20260131T115958123456Z-1f0c9a3e"),
        "the manifest of 20260131T115958123456Z-1f0c9a3e",
    ),
    "digest of nothing": (
        set_field("digest", "sha256:" + "0" * 64),
        "digest differs from the digest",
    ),
    "digest malformed": (set_field("digest", "md5:0"), "digest"),
    "no files": (set_field("files", []), f"names no file {ARTEFACT}"),
    "hash in capitals": (change_hash(str.upper), "sha256:"),
    "hash too short": (change_hash(lambda text: text[:-1]), "sha256"),
    "negative size": (set_size(-1), "files.0.size"),
    "size as text": (set_size("10"), "files.0.size"),
    "time without a zone": (set_field("created_at", "2026-01-31T12:00:00"), "created_at"),
    "endless name": (set_field("model_name", "x" * 129), "model_name"),
    "name of two lines": (set_field("model_name", "a\nERROR all is lost"), "model_name"),
}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_bad_manifest_is_refused(store: ModelStore, kind: str) -> None:
    edit, message = MANIFESTS[kind]
    candidate_id = toy_candidate().publish(store)
    edit_manifest(store, candidate_id, edit)
    failed = refuse(store, candidate_id)
    assert list(failed) == ["manifest-valid"]
    assert any(part in failed["manifest-valid"] for part in message.split("|")), failed
    assert str(store.layout.root) not in failed["manifest-valid"]
    assert len(failed["manifest-valid"]) < 500


@pytest.mark.parametrize(
    "name",
    [
        *("../registry.json", "/etc/passwd", "", ".", "..", "a/b", "A", "x" * 65, "a\0b", "-rf"),
        *("mod\u00e8le.onnx", "mode\u0300le.onnx", ".hidden", "a\nb"),
    ],
)
def test_a_descriptor_of_a_path_elsewhere_is_refused(store: ModelStore, name: str) -> None:
    candidate_id = toy_candidate().publish(store)
    edit_manifest(
        store,
        candidate_id,
        lambda data: data.replace(json.dumps(ONNX_MODEL).encode(), json.dumps(name).encode()),
    )
    failed = refuse(store, candidate_id)
    assert list(failed) == ["manifest-valid"]
    assert "name" in failed["manifest-valid"]


CLAIMS: dict[str, Callable[[bytes], bytes]] = {
    "an unknown score": inject(b'"accuracy": 1.0, "charm": 7.0'),
    "an unknown field": set_field("praise", ["the best"]),
    "a time to come": set_field("created_at", "2999-01-31T12:00:00Z"),
    "another data set": set_field("data", DATA | {"fingerprint": "sha256:" + "0" * 64}),
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_claim_that_decides_nothing(store: ModelStore, kind: str) -> None:
    candidate_id = toy_candidate().publish(store)
    edit_manifest(store, candidate_id, CLAIMS[kind])
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted"]


def test_an_id_that_is_used_again_for_other_bytes(store: ModelStore) -> None:
    first = toy_candidate()
    gatekeeper = gatekeeper_of(store)
    candidate_id = first.publish(store)
    gatekeeper.poll()
    shutil.rmtree(store.layout.candidate(candidate_id))
    other = handed_in(toy_model(bias=0.25)).with_manifest(candidate_id=candidate_id)
    other.publish(store)
    gatekeeper.poll()
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["promoted"]
    assert store.models.digests() == [first.manifest.digest]
