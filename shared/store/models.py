"""models/: the gatekeeper's verified copies, each named by its digest. Owner: the gatekeeper.

A model is immutable. It is deleted only if the registry, the live workers and the pins of commits
in progress do not refer to it.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.contract.documents import JSON_MEDIA_TYPE, Artefact, Descriptor, compute_digest
from shared.contract.golden_rows import GoldenRows
from shared.contract.layout import (
    ARTEFACT,
    PIN_PREFIX,
    STAGING_PREFIX,
    TRASH_PREFIX,
    StoreLayout,
    model_directory_name,
    parse_model_directory,
)
from shared.errors import ArtefactCorruptError, ModelNotFoundError, StoreError
from shared.store.candidates import LEFTOVER_SECONDS, remove_leftovers
from shared.store.durable_write import (
    fsync_directory,
    make_directory,
    publish_directory,
    replace_file,
    staging_directory,
    unique_suffix,
)
from shared.store.verified_read import read_document, read_verified
from shared.volume.fresh_names import is_directory, list_directory
from shared.volume.transient_errors import is_transient


@dataclass(frozen=True)
class ModelBytes:
    """One verified model in memory: its artefact, golden rows and model file."""

    digest: str
    artefact: Artefact
    golden: GoldenRows
    model: bytes
    files: tuple[Descriptor, ...]


def read_model(directory: Path, digest: str) -> ModelBytes:
    """Read and verify the model with *digest* in *directory*.

    Raises:
        ModelNotFoundError: The directory or one of its files does not exist.
        ArtefactCorruptError: A file does not match its descriptor or the digest.
        UnsafeFileError: A path leads through a link, or to something that is not a file.
        DocumentError: artefact.json or golden.json is malformed.
    """
    data, artefact = _read_artefact(directory / ARTEFACT, digest)
    golden = read_verified(directory, artefact.golden)
    return ModelBytes(
        digest=digest,
        artefact=artefact,
        golden=GoldenRows.decode(golden, directory / artefact.golden.name),
        model=read_verified(directory, artefact.model),
        files=(
            Descriptor.describe(ARTEFACT, JSON_MEDIA_TYPE, data),
            artefact.golden,
            artefact.model,
        ),
    )


def read_artefact(directory: Path, digest: str) -> Artefact:
    """Read and verify only artefact.json; raise the errors of `read_model`."""
    return _read_artefact(directory / ARTEFACT, digest)[1]


def _read_artefact(path: Path, digest: str) -> tuple[bytes, Artefact]:
    try:
        data = read_document(path)
    except FileNotFoundError as error:
        raise ModelNotFoundError(f"{path} is missing.") from error
    if compute_digest(data) != digest:
        raise ArtefactCorruptError(
            f"{path} has the digest {compute_digest(data)}; expected {digest}."
        )
    return data, Artefact.decode(data, path)


class Models:
    """The gatekeeper's verified models in a store."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout

    def digests(self) -> list[str]:
        """Return the digests of all models."""
        if not is_directory(self._layout.models):
            return []
        names = sorted(list_directory(self._layout.models))
        return [digest for name in names if (digest := parse_model_directory(name))]

    def has(self, digest: str) -> bool:
        """Say whether the model's directory exists; its files may still be damaged."""
        return is_directory(self._layout.model(digest))

    def read(self, digest: str) -> ModelBytes:
        """Read and verify one model, as `read_model` does."""
        return read_model(self._layout.model(digest), digest)

    def directory(self, digest: str) -> Path:
        """Return the directory of one model."""
        return self._layout.model(digest)

    def staging(self) -> AbstractContextManager[Path]:
        """Create a hidden directory on the same file system, and delete it afterwards."""
        return staging_directory(self._layout.models / f"{STAGING_PREFIX}{unique_suffix()}")

    def publish(self, staged: Path, digest: str) -> None:
        """Publish a staged, fsynced model, unless a whole one with this digest exists.

        A damaged model with this digest is replaced: the digest proves which bytes are right.
        Raises StoreError if it cannot be read now, such as after too many open files.
        """
        final = self._layout.model(digest)
        try:
            publish_directory(staged, final)
        except FileExistsError:
            try:
                self.read(digest)
            except StoreError as error:
                if is_transient(error):
                    raise
                final.rename(self._trash(digest))
                publish_directory(staged, final)

    @contextmanager
    def pinned(self, digest: str) -> Iterator[None]:
        """Keep a model from being pruned while a decision that names it is committed.

        Check that the model exists only inside this context. `prune` hides the model first and
        looks for pins afterwards, so one of the two always sees the other.
        """
        pin = self._layout.models / f"{PIN_PREFIX}{model_directory_name(digest)}-{unique_suffix()}"
        make_directory(self._layout.models)
        replace_file(pin, b"")
        try:
            yield
        finally:
            pin.unlink(missing_ok=True)

    def prune(self, digest: str, is_needed: Callable[[str], bool]) -> bool:
        """Delete one model unless it is pinned or *is_needed*, and say whether it was deleted.

        The order matters: hide the model, look for pins, call *is_needed*, delete. *is_needed*
        reads the log again. If a pin disappeared meanwhile, its commit is in the log by then.
        """
        trash = self._trash(digest)
        try:
            self._layout.model(digest).rename(trash)
        except FileNotFoundError:
            return False
        if self._is_pinned(digest) or is_needed(digest):
            try:
                trash.rename(self._layout.model(digest))
            except OSError:
                if not self.has(digest):  # otherwise the commit published it again
                    raise
            return False
        shutil.rmtree(trash, ignore_errors=True)
        fsync_directory(self._layout.models)
        return True

    def recover(self, named: str | None, older_than_seconds: float = LEFTOVER_SECONDS) -> None:
        """Restore the model *named* by the registry if a prune died; delete leftovers."""
        if named is not None and not self.has(named):
            for trash in self._layout.models.glob(f"{TRASH_PREFIX}{model_directory_name(named)}-*"):
                trash.rename(self._layout.model(named))
                break
        remove_leftovers(self._layout.models, older_than_seconds)

    def _is_pinned(self, digest: str) -> bool:
        pins = self._layout.models.glob(f"{PIN_PREFIX}{model_directory_name(digest)}-*")
        return next(pins, None) is not None

    def _trash(self, digest: str) -> Path:
        return (
            self._layout.models / f"{TRASH_PREFIX}{model_directory_name(digest)}-{unique_suffix()}"
        )
