"""Taking a candidate in: read it, verify every byte, copy the model out of its trainer's reach."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.evaluation.transient_errors import TRANSIENT_ERRNOS
from gatekeeper.evidence.facts import Submission
from gatekeeper.policy.submission_checks import BYTES, MANIFEST_VALID, MEDIA_TYPES, SCHEMA, SIGNED
from shared.contract import strict_json
from shared.contract.document import StrictModel
from shared.contract.documents import Artefact, Manifest
from shared.contract.layout import ARTEFACT, HOLDOUT, MANIFEST, MANIFEST_SIGNATURE
from shared.errors import StoreError, StoreWriteError
from shared.store.store import ModelStore
from shared.store.verified_read import list_names, read_document

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys

MAX_LOGGED_BYTES = 1 << 20
"""What the scores of all trained models may take in a decision, of which readers take 16 MiB."""
MAX_DESCRIBED_BYTES = 16 << 10
"""What describing one file may take in registry.json, of which readers take 64 KiB."""
_NOT_ITS_FAULT = TRANSIENT_ERRNOS | {errno.EIO}


class WithdrawnError(Exception):
    """The candidate is not there any more: there is nothing to decide."""


class _FaultError(Exception):
    """Something is wrong with the candidate; the message says what."""


def verify_and_copy(
    store: ModelStore,
    candidate_id: str,
    destination: Path,
    max_file_bytes: int,
    keys: "KnownKeys | None" = None,
) -> Submission:
    """Verify a candidate and copy its artefact; what is wrong with it is in the answer.

    The bytes that are hashed are the bytes that are written to *destination*. With *keys*, a
    manifest that none of them has signed is not even parsed.
    Raises WithdrawnError when the candidate is gone, and StoreWriteError or OSError for what
    is not its fault.
    """
    directory = store.layout.candidate(candidate_id)
    submission = Submission(candidate_id)
    check = MANIFEST_VALID
    try:
        with _faults_of(directory):
            data = store.candidates.manifest_bytes(candidate_id)
        if keys is not None:
            check = SIGNED
            with _faults_of(directory):
                signer = store.candidates.signed_by(candidate_id, data, keys)
            submission = replace(submission, signed_by=signer)
            check = MANIFEST_VALID
        with _faults_of(directory):
            manifest = store.candidates.decode_manifest(candidate_id, data)
            submission = replace(submission, manifest=manifest)
            _require_consistent(manifest)
        if not all(MEDIA_TYPES.get(file.name) == file.media_type for file in manifest.files):
            return submission  # what is of no known kind is left alone
        check = BYTES
        with _faults_of(directory):
            _require_exactly_described(directory, manifest, max_file_bytes)
            path = destination / ARTEFACT
            store.candidates.copy(candidate_id, manifest.file(ARTEFACT), path)
        check = SCHEMA
        with _faults_of(directory):
            artefact = _read_artefact(path, manifest)
        check = BYTES
        with _faults_of(directory):
            copied = {artefact.golden.name, artefact.model.name}
            for file in manifest.files:
                if file.name in copied:
                    store.candidates.copy(candidate_id, file, destination / file.name)
                elif file.name != ARTEFACT:
                    store.candidates.verify(candidate_id, file)
    except _FaultError as fault:
        return replace(submission, errors={check: str(fault)})
    return replace(submission, artefact=artefact)


@contextmanager
def _faults_of(directory: Path) -> Iterator[None]:
    """Tell what is wrong with the candidate from what is wrong with the machine."""
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
        raise _FaultError(message.replace(f"{directory.parent}{os.sep}", "")) from error


def _require_consistent(manifest: Manifest) -> None:
    names = [file.name for file in manifest.files]
    if len(set(names)) != len(names):
        raise _FaultError("The manifest describes a file twice.")
    if f"sha256:{manifest.file(ARTEFACT).sha256}" != manifest.digest:
        raise _FaultError(f"The manifest's digest is not that of the {ARTEFACT} it describes.")
    manifest.file(HOLDOUT)
    size = len(strict_json.encode({result.name: result.metrics for result in manifest.candidates}))
    if size > MAX_LOGGED_BYTES:
        raise _FaultError(
            f"The scores of all trained models take {size} bytes; {MAX_LOGGED_BYTES} are allowed."
        )


def _require_exactly_described(directory: Path, manifest: Manifest, max_file_bytes: int) -> None:
    for file in manifest.files:
        if file.size > max_file_bytes:
            raise _FaultError(
                f"{file.name} has {file.size} bytes; at most {max_file_bytes} are taken. "
                "See GATEKEEPER_EVALUATION_MEMORY_MIB."
            )
        _require_short(file)
    found = set(list_names(directory))
    described = {file.name for file in manifest.files}
    for name in sorted(found - {MANIFEST, MANIFEST_SIGNATURE} - described):
        raise _FaultError(f"The manifest does not describe {name!r:.100}.")


def _read_artefact(path: Path, manifest: Manifest) -> Artefact:
    artefact = Artefact.decode(read_document(path), path.name)
    for part in (artefact.golden, artefact.model):
        if part != manifest.file(part.name):
            raise _FaultError(f"Artefact and manifest describe {part.name} differently.")
    if artefact.golden.name == artefact.model.name:
        raise _FaultError("The artefact names one file as model and as golden rows.")
    names = [feature.name for feature in artefact.features]
    if len(set(names)) < len(names) or len(set(artefact.classes)) < len(artefact.classes):
        raise _FaultError("Two features or two classes of the artefact have one name.")
    if artefact.task == "regression" and (artefact.classes or artefact.has_probabilities):
        raise _FaultError("The artefact of a regression has classes or probabilities.")
    return artefact


def _require_short(part: StrictModel) -> None:
    size = len(strict_json.encode(part.model_dump(mode="json")))
    if size > MAX_DESCRIBED_BYTES:
        raise _FaultError(
            f"A file's description takes {size} bytes; {MAX_DESCRIBED_BYTES} are allowed."
        )
