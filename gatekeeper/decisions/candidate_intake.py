"""Read a candidate, verify every byte, and copy the model where its trainer cannot write."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.facts import Submission
from gatekeeper.policy.submission.formats_allowed import MEDIA_TYPES
from shared.contract import strict_json
from shared.contract.document import StrictModel
from shared.contract.documents import Artefact, Manifest
from shared.contract.layout import ARTEFACT, HOLDOUT, MANIFEST, MANIFEST_SIGNATURE, REFERENCE
from shared.errors import DocumentError, StoreError, StoreWriteError, UnsupportedFormatError
from shared.live.reference_file import read_reference
from shared.store.store import ModelStore
from shared.store.verified_read import list_names, read_document
from shared.volume.transient_errors import TRANSIENT_ERRNOS

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys

MAX_LOGGED_BYTES = 128 << 10
"""Most bytes of all trained models' scores in a decision: every reader of the log holds them."""
MAX_DESCRIBED_BYTES = 16 << 10
"""Most bytes of one descriptor in registry.json; readers accept 64 KiB in total."""
_NOT_ITS_FAULT = TRANSIENT_ERRNOS | {errno.EIO}


class WithdrawnError(Exception):
    """The candidate was removed, so there is nothing to decide."""


class _CheckFailedError(Exception):
    """The candidate failed a check. The arguments are the check and the reason."""


def verify_and_copy(
    store: ModelStore,
    candidate_id: str,
    destination: Path,
    max_file_bytes: int,
    keys: "KnownKeys | None" = None,
) -> Submission:
    """Verify a candidate and copy its artefact to *destination*: exactly the verified bytes.

    Report faults of the candidate in the result. No file may be larger than *max_file_bytes*. With
    *keys*, one of them must have signed the manifest, which otherwise is not parsed.

    Raises:
        WithdrawnError: the candidate was removed.
        StoreWriteError: the copy could not be written.
        OSError: the machine failed, which is not a fault of the candidate.
    """
    directory = store.layout.candidate(candidate_id)
    submission = Submission(candidate_id)
    try:
        with _faults_of(directory, check_ids.MANIFEST_VALID):
            data = store.candidates.manifest_bytes(candidate_id)
        if keys is not None:
            with _faults_of(directory, check_ids.MANIFEST_SIGNED):
                signer = store.candidates.signed_by(candidate_id, data, keys)
            submission = replace(submission, signed_by=signer)
        with _faults_of(directory, check_ids.MANIFEST_VALID):
            manifest = store.candidates.decode_manifest(candidate_id, data)
            submission = replace(submission, manifest=manifest)
            _require_consistent(manifest)
        if not all(MEDIA_TYPES.get(file.name) == file.media_type for file in manifest.files):
            return submission  # files of unknown types are not read
        with _faults_of(directory, check_ids.BYTES_MATCH):
            _require_exactly_described(directory, manifest, max_file_bytes)
            path = destination / ARTEFACT
            store.candidates.copy(candidate_id, manifest.file(ARTEFACT), path)
        with _faults_of(directory, check_ids.SCHEMA_COMPATIBLE):
            artefact = _read_artefact(path, manifest)
        with _faults_of(directory, check_ids.BYTES_MATCH):
            copied = {artefact.golden.name, artefact.model.name, REFERENCE}
            for file in manifest.files:
                if file.name in copied:
                    store.candidates.copy(candidate_id, file, destination / file.name)
                elif file.name != ARTEFACT:
                    store.candidates.verify(candidate_id, file)
        with _faults_of(directory, check_ids.SCHEMA_COMPATIBLE):
            _require_fitting_reference(destination, artefact)
    except _CheckFailedError as failed:
        check, message = failed.args
        return replace(submission, errors={check: message})
    return replace(submission, artefact=artefact)


@contextmanager
def _faults_of(directory: Path, check: str) -> Iterator[None]:
    """Convert faults of the candidate into a failure of *check*; raise faults of the machine."""
    try:
        yield
    except StoreWriteError:
        raise
    except StoreError as error:
        if not os.path.lexists(directory):
            raise WithdrawnError(directory.name) from error
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _NOT_ITS_FAULT:
            raise error.__cause__ from error
        message = str(error).replace(f"{directory}{os.sep}", "")
        message = message.replace(f"{directory.parent}{os.sep}", "")
        raise _CheckFailedError(check, message) from error


def _require_consistent(manifest: Manifest) -> None:
    names = [file.name for file in manifest.files]
    if len(set(names)) != len(names):
        raise DocumentError("The manifest describes a file twice. Describe each file once.")
    if f"sha256:{manifest.file(ARTEFACT).sha256}" != manifest.digest:
        raise DocumentError(f"The manifest's digest differs from the digest of {ARTEFACT}.")
    manifest.file(HOLDOUT)
    size = len(strict_json.encode({result.name: result.metrics for result in manifest.candidates}))
    if size > MAX_LOGGED_BYTES:
        raise DocumentError(
            f"The scores of all trained models have {size} bytes; "
            f"at most {MAX_LOGGED_BYTES} are allowed."
        )


def _require_exactly_described(directory: Path, manifest: Manifest, max_file_bytes: int) -> None:
    for file in manifest.files:
        if file.size > max_file_bytes:
            raise DocumentError(
                f"{file.name} has {file.size} bytes; at most {max_file_bytes} are accepted. "
                "See GATEKEEPER_EVALUATION_MEMORY_MIB."
            )
        _require_short(file)
    found = set(list_names(directory))
    described = {file.name for file in manifest.files}
    for name in sorted(found - {MANIFEST, MANIFEST_SIGNATURE} - described):
        raise DocumentError(f"The manifest does not describe {name!r:.100}.")


def _read_artefact(path: Path, manifest: Manifest) -> Artefact:
    artefact = Artefact.decode(read_document(path), path.name)
    for part in (artefact.golden, artefact.model):
        if part != manifest.file(part.name):
            raise DocumentError(f"Artefact and manifest describe {part.name} differently.")
    if artefact.golden.name == artefact.model.name:
        raise DocumentError("The artefact names the same file for the model and the golden rows.")
    names = [feature.name for feature in artefact.features]
    if len(set(names)) < len(names) or len(set(artefact.classes)) < len(artefact.classes):
        raise DocumentError("Two features or two classes of the artefact have the same name.")
    if artefact.task == "regression" and (artefact.classes or artefact.has_probabilities):
        raise DocumentError("The artefact of a regression has classes or probabilities.")
    return artefact


def _require_fitting_reference(destination: Path, artefact: Artefact) -> None:
    try:
        read_reference(destination, artefact)
    except (DocumentError, UnsupportedFormatError) as error:
        message = str(error).replace(f"{destination}{os.sep}", "")
        raise DocumentError(f"{message} Publish without it, or train again.") from error


def _require_short(part: StrictModel) -> None:
    size = len(strict_json.encode(part.model_dump(mode="json")))
    if size > MAX_DESCRIBED_BYTES:
        raise DocumentError(
            f"A descriptor has {size} bytes; at most {MAX_DESCRIBED_BYTES} are allowed."
        )
