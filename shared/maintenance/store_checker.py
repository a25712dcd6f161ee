"""Check a whole store against the invariants of docs/volume-format.md.

A broken invariant is an error. The services tolerate or repair other issues, which are notes: files
of killed writers, a registry.json one step behind the log, and damage in a refused candidate.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from shared.contract import strict_json
from shared.contract.documents import StoreMarker
from shared.contract.heartbeat import MAX_HEARTBEAT_BYTES, Heartbeat
from shared.contract.layout import (
    CANDIDATE_ID,
    REFERENCE,
    TRAINING_NAMES,
    VISIBLE_NAMES,
    WORKER,
    StoreLayout,
    parse_decision_name,
    parse_model_directory,
)
from shared.errors import ModelgateError, StoreError
from shared.live.reference_file import read_reference
from shared.maintenance.checks.live_checker import check_drift, check_live
from shared.maintenance.checks.log_checker import catch_up, check_log, check_registry
from shared.maintenance.checks.notification_checker import check_notifications
from shared.maintenance.checks.permission_checker import check_permissions
from shared.maintenance.checks.row_log_checker import check_deletions, check_row_logs
from shared.maintenance.checks.store_issue import StoreIssue, error_issue, note_issue
from shared.store.candidate_integrity import verify_candidate
from shared.store.candidates import hidden_entries
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from shared.store.verified_read import read_document
from shared.training.training_files import TrainingFiles

_MAX_LOG_BYTES = 1 << 30


def check_store(store: ModelStore) -> list[StoreIssue]:
    """Return every issue, errors first."""
    log = DecisionLog(store.layout)
    issues = [
        issue
        for check in (
            _check_marker(store.layout),
            check_log(store.layout, log),
            check_registry(store.registry, store.layout, log),
            _check_models(store, log),
            _check_candidates(store, log),
            _check_heartbeats(store.layout),
            check_live(store.layout),
            check_drift(store.layout),
            check_row_logs(store.layout),
            check_deletions(store.layout),
            _check_derived(store),
            check_notifications(store.layout),
            _check_trainings(store.layout),
            _check_names(store.layout),
            check_permissions(store.layout),
        )
        for issue in _until_unreadable(check)
    ]
    return sorted(issues, key=lambda issue: issue.kind)


def _until_unreadable(check: Iterator[StoreIssue]) -> Iterator[StoreIssue]:
    """Yield the issues of *check*, and an error if it cannot list a directory."""
    try:
        yield from check
    except OSError as error:
        yield error_issue(f"{error.filename} cannot be read: {error.strerror}.")


def _check_marker(layout: StoreLayout) -> Iterator[StoreIssue]:
    try:
        StoreMarker.decode(read_document(layout.marker), layout.marker)
    except FileNotFoundError:
        yield note_issue(f"{layout.marker} is missing; the next service that starts writes it.")
    except StoreError as error:
        yield error_issue(error)


def _check_models(store: ModelStore, log: DecisionLog) -> Iterator[StoreIssue]:
    for digest in store.models.digests():
        directory = store.models.directory(digest)
        try:
            model = store.models.read(digest)
            read_reference(directory, model.artefact)
            described = {REFERENCE, *(descriptor.name for descriptor in model.files)}
            for path in sorted(directory.iterdir()):
                if path.name not in described:
                    yield error_issue(f"{path} is not described by any document.")
        except (ModelgateError, FileNotFoundError) as error:
            if os.path.lexists(directory):  # otherwise it was removed meanwhile
                yield error_issue(error)
            continue
        registry = log.registry
        if registry and digest == registry.digest and model.files != registry.files:
            yield error_issue(f"The descriptors in the registry differ from {directory}.")
    catch_up(log)  # the model in production may have been replaced and pruned
    if log.registry is not None and not store.models.has(log.registry.digest):
        directory = store.models.directory(log.registry.digest)
        yield error_issue(f"{directory}, the model in production, is missing from the store.")


def _check_candidates(store: ModelStore, log: DecisionLog) -> Iterator[StoreIssue]:
    for candidate_id in store.candidates.ids():
        directory = store.layout.candidate(candidate_id)
        decision = log.decision_on(candidate_id)
        is_refused = decision is not None and decision.outcome == "refused"
        try:
            verify_candidate(store, candidate_id)
        except (ModelgateError, FileNotFoundError) as error:
            if os.path.lexists(directory):  # otherwise it was removed meanwhile
                yield note_issue(f"{error} (It was refused.)") if is_refused else error_issue(error)


def _check_heartbeats(layout: StoreLayout) -> Iterator[StoreIssue]:
    if not layout.serving.is_dir():
        return
    for path in sorted(layout.serving.glob("*.json")):
        try:
            data = read_document(path, max_bytes=MAX_HEARTBEAT_BYTES)
            worker = Heartbeat.decode(data, path).worker
            if path != layout.heartbeat(worker):
                yield error_issue(f"{path} is the heartbeat of {worker}.")
        except StoreError as error:
            yield error_issue(error)
        except FileNotFoundError:
            continue  # the worker has just stopped


def _check_derived(store: ModelStore) -> Iterator[StoreIssue]:
    """Check the files that a gatekeeper writes again; the last line of a log may be incomplete."""
    path = store.layout.training_log
    try:
        store.approvals.read()
        store.housekeeper.read()
        for line in read_document(path, max_bytes=_MAX_LOG_BYTES).split(b"\n")[:-1]:
            strict_json.decode(line, path)
    except FileNotFoundError:
        return
    except StoreError as error:
        yield note_issue(f"{error} (A gatekeeper will write it again.)")


def _check_trainings(layout: StoreLayout) -> Iterator[StoreIssue]:
    """Check the documents about trainings; no model depends on them."""
    files = TrainingFiles(layout)
    for read in (files.read_status, files.read_request):
        try:
            read()
        except StoreError as error:
            yield note_issue(f"{error} (It is left out until it is written again.)")


def _check_names(layout: StoreLayout) -> Iterator[StoreIssue]:
    known: dict[Path, Callable[[str], object]] = {
        layout.candidates: CANDIDATE_ID.fullmatch,
        layout.models: parse_model_directory,
        layout.decisions: parse_decision_name,
        layout.live: WORKER.fullmatch,
        layout.predictions: WORKER.fullmatch,
        layout.training: TRAINING_NAMES.__contains__,
        layout.serving: lambda name: name.endswith(".json") and WORKER.fullmatch(name[:-5]),
    }
    for path in sorted(layout.root.iterdir()):
        if not path.name.startswith(".") and path.name not in VISIBLE_NAMES:
            yield error_issue(f"{path} does not belong to a store.")
    for path in hidden_entries(layout.root):
        yield note_issue(f"{path} is left over from an unfinished write.")
    for directory, is_known in known.items():
        for path in hidden_entries(directory):
            yield note_issue(f"{path} is left over, or is being written.")
        for path in sorted(directory.iterdir()) if directory.is_dir() else []:
            if not path.name.startswith(".") and not is_known(path.name):
                yield error_issue(f"{path} does not belong to a store.")
