"""candidates/: trainers publish models here, and the gatekeeper reads them. Owner: the trainer.

A candidate is published by renaming its staging directory, after its manifest was written last.
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from shared.contract.documents import Descriptor, Manifest
from shared.contract.layout import (
    CANDIDATE_ID,
    MANIFEST,
    MANIFEST_SIGNATURE,
    MAX_MANIFEST_BYTES,
    STAGING_PREFIX,
    TRASH_PREFIX,
    StoreLayout,
)
from shared.contract.signatures import sign_manifest, verify_manifest
from shared.errors import DocumentError, ModelNotFoundError, SignatureError
from shared.store.durable_write import (
    publish_directory,
    read_clock,
    remove_directory,
    staging_directory,
    unique_suffix,
    write_new_file,
)
from shared.store.verified_read import copy_verified, read_document, verify_file
from shared.volume.fresh_names import list_directory
from shared.volume.leftovers import is_renamed_by_nfs

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys, SigningKey

MAX_SIGNATURE_BYTES = 1 << 10
"""The largest signature file that is read; a signature has 64 bytes."""

LEFTOVER_SECONDS = 6 * 3600.0
"""Seconds after which a hidden name is assumed to belong to a dead writer. It is hours, because on
some file systems each host stamps files with its own clock, as JuiceFS does."""


def new_candidate_id(now: datetime) -> str:
    """Return a unique id that sorts by the time of publication."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S%f}Z-{secrets.token_hex(4)}"


def published_at(candidate_id: str) -> datetime | None:
    """Return the time that an id begins with, which is that of publication.

    Return None if the digits are not a time: everybody who can write to the store chooses ids.
    """
    try:
        return datetime.strptime(candidate_id[:21], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None


class Candidates:
    """The candidates in a store."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout

    def ids(self) -> list[str]:
        """Return the ids of all published candidates, in order of publication."""
        try:
            names = list_directory(self._layout.candidates)
        except FileNotFoundError:
            return []
        return sorted(name for name in names if CANDIDATE_ID.fullmatch(name))

    def manifest(self, candidate_id: str) -> Manifest:
        """Read the manifest of one candidate.

        Raises:
            ModelNotFoundError: The candidate or its manifest does not exist.
            UnsafeFileError: The path leads through a link, or the file has another name.
            UnsupportedFormatError: A newer release wrote the manifest.
            DocumentError: The manifest is malformed, or is another candidate's.
        """
        return self.decode_manifest(candidate_id, self.manifest_bytes(candidate_id))

    def manifest_bytes(self, candidate_id: str) -> bytes:
        """Read the bytes of a manifest; raise the errors of `manifest` that do not parse it."""
        return self._read(candidate_id, MANIFEST, MAX_MANIFEST_BYTES)

    def decode_manifest(self, candidate_id: str, data: bytes) -> Manifest:
        """Parse the bytes that `manifest_bytes` returned."""
        path = self._layout.candidate(candidate_id) / MANIFEST
        manifest = Manifest.decode(data, path)
        if manifest.candidate_id != candidate_id:
            raise DocumentError(
                f"{path} is the manifest of {manifest.candidate_id}; expected {candidate_id}."
            )
        return manifest

    def signed_by(self, candidate_id: str, manifest: bytes, keys: "KnownKeys") -> str:
        """Return the fingerprint of the key that signed the bytes *manifest*.

        Raises SignatureError if no known key signed them, or UnsafeFileError.
        """
        path = self._layout.candidate(candidate_id) / MANIFEST
        try:
            signature = self._read(candidate_id, MANIFEST_SIGNATURE, MAX_SIGNATURE_BYTES)
        except (ModelNotFoundError, DocumentError) as error:
            raise SignatureError(
                f"{path} is not signed. Give the trainer its TRAINER_SIGNING_KEY and train again."
            ) from error
        return verify_manifest(manifest, signature, keys, path)

    def copy(self, candidate_id: str, descriptor: Descriptor, destination: Path) -> None:
        """Copy and verify one file of a candidate, as `copy_verified` does."""
        copy_verified(self._layout.candidate(candidate_id), descriptor, destination)

    def verify(self, candidate_id: str, descriptor: Descriptor) -> None:
        """Verify one file of a candidate without copying it."""
        verify_file(self._layout.candidate(candidate_id), descriptor)

    def publish(
        self, manifest: Manifest, files: Mapping[str, bytes], key: "SigningKey | None" = None
    ) -> None:
        """Publish a whole candidate durably, or nothing; *key* signs the manifest.

        Raises DocumentError if the manifest is too large for its readers, or StoreWriteError.
        """
        claims = manifest.encode()
        if len(claims) > MAX_MANIFEST_BYTES:
            raise DocumentError(
                f"{MANIFEST} would have {len(claims)} bytes; at most {MAX_MANIFEST_BYTES} are read."
            )
        hidden = self._layout.candidates / f"{STAGING_PREFIX}{manifest.candidate_id}"
        with staging_directory(hidden) as staging:
            for name, data in files.items():
                write_new_file(staging / name, [data])
            if key is not None:
                write_new_file(staging / MANIFEST_SIGNATURE, [sign_manifest(claims, key)])
            write_new_file(staging / MANIFEST, [claims])
            publish_directory(staging, self._layout.candidate(manifest.candidate_id))

    def remove(self, candidate_id: str) -> None:
        """Delete one candidate; readers see it disappear in one step."""
        trash = self._layout.candidates / f"{TRASH_PREFIX}{candidate_id}-{unique_suffix()}"
        remove_directory(self._layout.candidate(candidate_id), trash)

    def remove_leftovers(self, older_than_seconds: float = LEFTOVER_SECONDS) -> None:
        """Delete the hidden files of trainers that died."""
        remove_leftovers(self._layout.candidates, older_than_seconds)

    def _read(self, candidate_id: str, name: str, max_bytes: int) -> bytes:
        path = self._layout.candidate(candidate_id) / name
        try:
            return read_document(path, max_bytes=max_bytes, single_link=True)
        except FileNotFoundError as error:
            raise ModelNotFoundError(f"{path} is missing.") from error


def remove_leftovers(directory: Path, older_than_seconds: float, prefix: str = ".") -> None:
    """Delete the hidden entries of *directory* that did not change for *older_than_seconds*.

    The file server's clock may differ from this machine's. So the age is the time between the entry
    and a file that is written now. An entry that cannot be deleted yet stays.
    """
    old = [path for path in hidden_entries(directory) if path.name.startswith(prefix)]
    if not old:
        return
    newest = read_clock(directory) - older_than_seconds
    for path in old:
        with contextlib.suppress(OSError):  # its writer is alive, or a reader has it open
            if path.lstat().st_mtime > newest:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def hidden_entries(directory: Path) -> list[Path]:
    """Return the hidden entries of *directory*: staging, temporary, trash and pin names."""
    if not directory.is_dir():
        return []
    names = (name for name in os.listdir(directory) if name.startswith("."))
    return sorted(directory / name for name in names if not is_renamed_by_nfs(name))
