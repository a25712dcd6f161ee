"""Files that are not what the manifest says are refused, and the queue goes on."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contract.documents import JOBLIB_MEDIA_TYPE, ONNX_MEDIA_TYPE
from shared.contract.layout import (
    ARTEFACT,
    GOLDEN,
    HOLDOUT,
    JOBLIB_MODEL,
    MANIFEST,
    ONNX_MODEL,
    REGISTRY,
)
from shared.store.candidates import Candidates
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.processes.unprivileged_user import NOBODY, as_another_user
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import (
    failed_checks,
    gatekeeper_of,
    outcomes,
    refuse,
    with_file,
)
from tests.support.sweep import sweep


def replace_by(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        path.unlink()
        make(path)

    return act


def link_elsewhere(path: Path) -> None:
    elsewhere = path.parent.with_name(f".elsewhere-{path.parent.name}")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def link_the_registry(path: Path) -> None:
    path.unlink()
    registry = path.parents[2] / REGISTRY
    registry.write_bytes(b"{}")
    path.symlink_to(registry)


def hard_link(path: Path) -> None:
    os.link(path, path.parents[2] / f".second-{path.parent.name}")


def grow_sparse(path: Path) -> None:
    os.truncate(path, 1 << 40)


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "is missing"),
    "empty": (lambda path: path.write_bytes(b""), "has 0 bytes"),
    "short": (lambda path: path.write_bytes(path.read_bytes()[:-1]), "its descriptor says"),
    "long": (lambda path: path.write_bytes(path.read_bytes() + b" "), "its descriptor says"),
    "other bytes": (lambda path: path.write_bytes(path.read_bytes()[::-1]), "with sha256"),
    "a link": (link_elsewhere, "cannot be opened safely"),
    "a link to the registry": (link_the_registry, "cannot be opened safely"),
    "a link to /etc/passwd": (
        replace_by(lambda path: path.symlink_to("/etc/passwd")),
        "opened safely",
    ),
    "a link to a directory": (replace_by(lambda path: path.symlink_to(".")), "opened safely"),
    "a link to itself": (replace_by(lambda path: path.symlink_to(path.name)), "opened safely"),
    "a link of /proc": (
        replace_by(lambda path: path.symlink_to("/proc/self/mem")),
        "opened safely",
    ),
    "a link to nothing": (replace_by(lambda p: p.symlink_to("nothing")), "opened safely"),
    "a second name": (hard_link, "has 2 links"),
    "a FIFO": (replace_by(os.mkfifo), "not a regular file"),
    "a socket": (replace_by(lambda p: os.mknod(p, stat.S_IFSOCK | 0o600)), "opened safely"),
    "a directory": (replace_by(Path.mkdir), "not a regular file"),
    "a sparse terabyte": (grow_sparse, "its descriptor says"),
}
DESCRIBED = {name: name for name in (ARTEFACT, GOLDEN, ONNX_MODEL, HOLDOUT, JOBLIB_MODEL)}


@pytest.mark.parametrize("name", sweep(DESCRIBED, HOLDOUT))
@pytest.mark.parametrize("kind", FILES)
def test_a_bad_file_is_refused(store: ModelStore, kind: str, name: str) -> None:
    damage, message = FILES[kind]
    candidate_id = with_file(toy_candidate(), JOBLIB_MODEL, JOBLIB_MEDIA_TYPE).publish(store)
    damage(store.layout.candidate(candidate_id) / name)
    failed = refuse(store, candidate_id)
    assert list(failed) == ["bytes-match"]
    assert failed["bytes-match"].startswith(name), failed
    assert message in failed["bytes-match"]


@pytest.mark.parametrize("kind", ["missing", "a link", "a FIFO", "a directory", "a second name"])
def test_a_manifest_that_is_not_a_file_is_refused(store: ModelStore, kind: str) -> None:
    candidate_id = toy_candidate().publish(store)
    FILES[kind][0](store.layout.candidate(candidate_id) / MANIFEST)
    assert list(refuse(store, candidate_id)) == ["manifest-valid"]


UNDESCRIBED = [
    *("notes.txt", ".hidden", "-rf", "a\nb", "MODEL.ONNX", "x" * 255, "*", ".tmp-model.onnx"),
    *("mod\u00e8le.onnx", "mode\u0300le.onnx", "model.onnx "),
]


@pytest.mark.parametrize("name", UNDESCRIBED)
def test_a_file_without_a_descriptor_is_refused(store: ModelStore, name: str) -> None:
    candidate_id = toy_candidate().publish(store)
    (store.layout.candidate(candidate_id) / name).write_bytes(b"")
    failed = refuse(store, candidate_id)
    assert list(failed) == ["bytes-match"]
    assert "does not describe" in failed["bytes-match"]
    assert "\n" not in failed["bytes-match"]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("install.sh", "application/x-sh"),
        ("other.onnx", ONNX_MEDIA_TYPE),
        (JOBLIB_MODEL, ONNX_MEDIA_TYPE),
    ],
)
def test_a_file_with_an_unknown_name_or_type_is_refused(
    store: ModelStore, name: str, media_type: str
) -> None:
    candidate_id = with_file(toy_candidate(), name, media_type).publish(store)
    assert list(refuse(store, candidate_id)) == ["formats-allowed"]


def test_a_file_with_two_descriptors_is_refused(store: ModelStore) -> None:
    candidate = toy_candidate()
    files = (*candidate.manifest.files, candidate.manifest.files[0])
    assert list(refuse(store, candidate.with_manifest(files=files).publish(store))) == [
        "manifest-valid"
    ]


def test_a_file_above_the_memory_limit_is_refused(store: ModelStore) -> None:
    candidate = toy_candidate()
    huge = candidate.manifest.file(ONNX_MODEL).model_copy(update={"size": 1 << 40})
    files = tuple(huge if f.name == ONNX_MODEL else f for f in candidate.manifest.files)
    candidate_id = candidate.with_manifest(files=files).publish(store)
    os.truncate(store.layout.candidate(candidate_id) / ONNX_MODEL, 1 << 40)
    failed = refuse(store, candidate_id)
    assert list(failed) == ["bytes-match"]
    assert "EVALUATION_MEMORY_MIB" in failed["bytes-match"]


def test_scores_too_large_for_the_log_are_refused(store: ModelStore) -> None:
    candidate = toy_candidate()
    result = candidate.manifest.candidates[0]
    swollen = result.model_copy(update={"metrics": {f"m{i}": 1.0 for i in range(20_000)}})
    candidate_id = candidate.with_manifest(candidates=(swollen,)).publish(store)
    assert list(refuse(store, candidate_id)) == ["manifest-valid"]
    assert store.layout.decision(1).stat().st_size < 10_000


def test_a_descriptor_too_large_for_the_registry_is_refused(store: ModelStore) -> None:
    candidate = toy_candidate()
    files = tuple(
        file.model_copy(update={"comment": "x" * 100_000}) for file in candidate.manifest.files
    )
    candidate_id = candidate.with_manifest(files=files).publish(store)
    assert list(refuse(store, candidate_id)) == ["bytes-match"]


def test_a_candidate_that_is_a_link_or_a_file_is_refused(store: ModelStore) -> None:
    real = store.layout.candidate(toy_candidate().publish(store))
    real.rename(store.layout.root / ".elsewhere")
    real.symlink_to(store.layout.root / ".elsewhere")
    file = store.layout.candidate("20260131T115958123456Z-1f0c9a3e")
    file.write_bytes(b"")
    gatekeeper_of(store).poll()
    assert outcomes(store) == ["refused", "refused"]
    assert list(failed_checks(store, real.name)) == ["manifest-valid"]
    assert list(failed_checks(store, file.name)) == ["manifest-valid"]


def test_entries_without_a_candidate_id_are_ignored(store: ModelStore) -> None:
    for name in (
        ".staging-x",
        ".tmp-x",
        "notes",
        "20260131T115958123456Z",
        "99999999T999999999999Z-0",
    ):
        (store.layout.candidates / name).mkdir()
    gatekeeper_of(store).poll()
    assert outcomes(store) == []


def test_a_link_as_the_folder_of_candidates_is_an_error(store: ModelStore) -> None:
    """A link could replace the whole part of the trainer, so the gatekeeper does not follow it."""
    candidate_id = toy_candidate().publish(store)
    store.layout.candidates.rename(store.layout.root / ".elsewhere")
    store.layout.candidates.symlink_to(".elsewhere")
    gatekeeper_of(store).poll()
    assert list(failed_checks(store, candidate_id)) == ["manifest-valid"]


def test_a_device_is_refused(store: ModelStore) -> None:
    candidate_id = toy_candidate().publish(store)
    path = store.layout.candidate(candidate_id) / ONNX_MODEL
    path.unlink()
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero, which never ends
    except PermissionError:
        pytest.skip("only root makes devices")
    failed = refuse(store, candidate_id)
    assert list(failed) == ["bytes-match"]
    assert failed["bytes-match"].startswith(f"{ONNX_MODEL} ")


def test_directories_two_thousand_deep_are_refused(store: ModelStore) -> None:
    candidate_id = toy_candidate().publish(store)
    directory = store.layout.candidate(candidate_id)
    deepest = os.open(directory, os.O_RDONLY)
    for _ in range(2000):
        os.mkdir("deeper", dir_fd=deepest)
        above, deepest = deepest, os.open("deeper", os.O_RDONLY, dir_fd=deepest)
        os.close(above)
    os.close(deepest)
    assert list(refuse(store, candidate_id)) == ["bytes-match"]
    subprocess.run(["rm", "-r", directory], check=True)  # Pythons before 3.13 cannot


@pytest.mark.parametrize("name", [MANIFEST, ARTEFACT, HOLDOUT])
def test_a_file_without_read_permission_is_refused(
    store: ModelStore, name: str, open_to_all: Callable[[Path], None]
) -> None:
    candidate_id = toy_candidate().publish(store)
    (store.layout.candidate(candidate_id) / name).chmod(0)
    open_to_all(store.layout.root)
    for path in (store.layout.root, *store.layout.root.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    as_another_user(lambda: gatekeeper_of(store).poll())
    failed = failed_checks(store, candidate_id)
    assert list(failed) == ["manifest-valid" if name == MANIFEST else "bytes-match"]
    assert "Permission denied" in failed.popitem()[1]


def test_a_candidate_removed_during_the_copy_is_not_decided(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate_id = toy_candidate().publish(store)
    copy = Candidates.copy

    def remove_first(self: Candidates, candidate: str, *arguments: Any) -> None:
        if candidate == candidate_id:
            shutil.rmtree(store.layout.candidate(candidate_id))
        copy(self, candidate, *arguments)

    monkeypatch.setattr(Candidates, "copy", remove_first)
    good = toy_candidate(toy_model(bias=0.25)).publish(store)
    gatekeeper_of(store).poll()
    decisions = list(store.decision_log().decisions())
    assert [decision.candidate_id for decision in decisions] == [good]
