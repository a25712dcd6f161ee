"""Damages of a version in production, each with a name.

A gatekeeper promotes none of them, but a disk, an operator or a defect may cause them. So they are
written to the store directly, and a predictor must survive each.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shared.contract.documents import Registry
from shared.contract.layout import ARTEFACT, GOLDEN, ONNX_MODEL
from shared.store.registry_file import MAX_REGISTRY_BYTES
from shared.store.store import ModelStore
from tests.support.models.dishonest import DISHONEST
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import name_in_production, place

NOWHERE = "sha256:" + 64 * "0"
"""Digest that no file has."""


@dataclass(frozen=True)
class Damage:
    """A named damage of the next version."""

    name: str
    promote: Callable[[ModelStore, float], object]
    """Put it in production. The number makes its model unique."""
    says: str
    """Part of the predictor's error message."""


def _of_files(name: str, harm: Callable[[Path], object], says: str) -> Damage:
    """Damage the directory of a good model before a registry names it."""

    def promote(store: ModelStore, bias: float) -> None:
        model = toy_model(bias=bias)
        place(store, model)
        harm(store.layout.model(model.digest))
        name_in_production(store, model)

    return Damage(name, promote, says)


def _of_content(name: str, build: Callable[[ToyModel], ToyModel], says: str) -> Damage:
    """Write a model with correct hashes and wrong content."""

    def promote(store: ModelStore, bias: float) -> None:
        model = build(toy_model(bias=bias))
        place(store, model)
        name_in_production(store, model)

    return Damage(name, promote, says)


def _of_registry(name: str, harm: Callable[[Path, Registry], object], says: str) -> Damage:
    """Damage registry.json; the log stays correct."""

    def promote(store: ModelStore, bias: float) -> None:
        del bias
        registry = store.decision_log().registry
        assert registry is not None
        harm(store.layout.registry, registry)

    return Damage(name, promote, says)


def flip_a_bit(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _link(path: Path) -> None:
    aside = path.with_name(f".aside-{path.name}")
    path.rename(aside)
    path.symlink_to(aside)


def _instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return replace


def _replace_by_file(directory: Path) -> None:
    shutil.rmtree(directory)
    directory.write_bytes(b"")


def _at(name: str, harm: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda directory: harm(directory / name)


def _grow(path: Path) -> None:
    os.truncate(path, path.stat().st_size + 1)


FILES = [
    *(
        _of_files(f"{name} {what}", _at(name, harm), says)
        for name in (ARTEFACT, GOLDEN, ONNX_MODEL)
        for what, harm, says in (
            ("cut in half", _cut, name),
            ("emptied", lambda path: os.truncate(path, 0), name),
            ("with a flipped bit", flip_a_bit, name),
            ("one byte longer", _grow, name),
            ("missing", Path.unlink, f"{name} is missing"),
            ("a link", _link, "cannot be opened safely"),
            ("a FIFO", _instead(os.mkfifo), "is not a regular file"),
            ("a directory", _instead(Path.mkdir), "is not a regular file"),
        )
    ),
    _of_files("a model that is missing", shutil.rmtree, "is missing"),
    _of_files("a link instead of a model", _link, "cannot be opened safely"),
    _of_files("a file instead of a model", _replace_by_file, "safely: Not a directory"),
    _of_files(
        "an artefact.json of gigabytes",
        _at(ARTEFACT, lambda path: os.truncate(path, 4 << 30)),
        "are read",
    ),
]


CONTENT = [_of_content(name, build, says) for name, (build, says) in DISHONEST.items()]


def _write(change: Callable[[Registry], bytes]) -> Callable[[Path, Registry], None]:
    def write(path: Path, registry: Registry) -> None:
        path.write_bytes(change(registry))

    return write


def _next(**changes: object) -> Callable[[Path, Registry], None]:
    """Write the next version of the same model with invalid fields."""

    def encode(registry: Registry) -> bytes:
        update = {"version": registry.version + 1, **changes}
        return registry.model_copy(update=update).encode()

    return _write(encode)


def _put_back(path: Path, registry: Registry) -> None:
    path.write_bytes(registry.model_copy(update={"version": 1}).encode())


REGISTRY = [
    _of_registry(f"registry.json {what}", harm, says)
    for what, harm, says in (
        ("emptied", _write(lambda _registry: b""), "not strict JSON"),
        ("torn", _write(lambda registry: registry.encode()[:-100]), "not strict JSON"),
        ("of zeros", _write(lambda registry: bytes(len(registry.encode()))), "not strict JSON"),
        ("that is no text", _write(lambda _registry: bytes(range(256))), "not strict JSON"),
        ("that is no object", _write(lambda _registry: b"[1, 2]"), "not a JSON object"),
        ("nested deeply", _write(lambda _registry: b"[" * 60_000), "nested too deeply"),
        ("with two versions", _write(
            lambda registry: registry.encode().replace(b'"version": ', b'"version": 1, "version": ')
        ), "not strict JSON"),
        ("of another kind", _write(lambda _registry: b'{"format_version": 1}'), "registry.json: "),
        ("of a newer format", _next(format_version=99), "format_version 99"),
        ("of version 0", _next(version=0), "version: "),
        ("with half a digest", _next(digest="sha256:12"), "digest: "),
        ("with another digest under its version", _write(
            lambda registry: registry.model_copy(update={"digest": NOWHERE}).encode()
        ), "same version"),
        ("put back", _put_back, "went back"),
        ("too large", lambda path, _registry: os.truncate(path, MAX_REGISTRY_BYTES + 1),
         "are read"),
        ("of gigabytes", lambda path, _registry: os.truncate(path, 4 << 30), "are read"),
        ("missing", lambda path, _registry: path.unlink(), "is missing"),
        ("a link", lambda path, _registry: _link(path), "cannot be opened safely"),
        ("a FIFO", lambda path, _registry: _instead(os.mkfifo)(path), "is not a regular file"),
        ("a directory", lambda path, _registry: _instead(Path.mkdir)(path),
         "is not a regular file"),
    )
]  # fmt: skip
DAMAGES = [*FILES, *CONTENT, *REGISTRY]


def clear_away(store: ModelStore) -> None:
    """Remove a directory called registry.json, as an operator must: no file can replace it."""
    if store.layout.registry.is_dir():
        store.layout.registry.rmdir()


def complains(store: ModelStore, of: str) -> bool:
    """Return whether the heartbeat of every worker reports this error."""
    errors = [beat.last_error for beat in store.heartbeats.all()]
    return bool(errors) and all(error is not None and of in error for error in errors)
