"""Checking a whole store against the invariants of docs/volume-format.md.

What breaks an invariant is an error. What a killed writer leaves behind, a registry.json that
its log has not yet caught up with, and damage in a candidate that was refused are notes: the
services live with them or repair them by themselves.
"""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared.candidates import hidden_entries
from shared.decision_log import DecisionLog
from shared.documents import Heartbeat
from shared.errors import ModelgateError, StoreError
from shared.layout import (
    CANDIDATE_ID,
    MANIFEST,
    MANIFEST_SIGNATURE,
    WORKER,
    StoreLayout,
    digest_of_model_name,
    number_of_decision_name,
)
from shared.models import read_model
from shared.safe_read import read_document, read_verified
from shared.store import ModelStore

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Finding:
    """One thing that a check found."""

    kind: Literal["error", "note"]
    message: str


def check_store(store: ModelStore) -> list[Finding]:
    """Every finding, errors first."""
    log = DecisionLog(store.layout)
    findings = [
        *_check_log(store, log),
        *_check_registry(store, log),
        *_check_models(store, log),
        *_check_candidates(store, log),
        *_check_heartbeats(store.layout),
        *_check_names(store.layout),
        *_check_rights(store.layout),
    ]
    return sorted(findings, key=lambda finding: finding.kind)


def _error(message: object) -> Finding:
    return Finding("error", str(message))


def _check_log(store: ModelStore, log: DecisionLog) -> Iterator[Finding]:
    try:
        log.refresh()
    except StoreError as error:
        yield _error(error)
    end = log.next_number - 1
    for number in log.numbers_on_disk():
        if number > end + 1:  # end + 1 is the entry that could not be read, named above
            yield _error(f"{store.layout.decision(number)} lies beyond the log's end at {end}.")
    version, decided = 0, set[str | None]()
    for decision in (entry.decision for entry in log.entries):
        if decision.candidate_id is not None and decision.candidate_id in decided:
            yield _error(f"Candidate {decision.candidate_id} is decided twice.")
        decided.add(decision.candidate_id)
        if decision.registry is None:
            continue
        version += 1
        if (decision.registry.version, decision.registry.decision) != (version, decision.number):
            yield _error(
                f"Decision {decision.number} puts version {decision.registry.version} of decision "
                f"{decision.registry.decision} in force; expected version {version} of its own."
            )
            version = decision.registry.version


def _check_registry(store: ModelStore, log: DecisionLog) -> Iterator[Finding]:
    in_force = [entry.registry_bytes for entry in log.entries if entry.registry_bytes is not None]
    now, before = ([None, None, *in_force])[-1], ([None, None, *in_force])[-2]
    path = store.layout.registry
    try:
        found = store.registry.read_bytes()
    except StoreError as error:
        yield _error(error)
        return
    if found == now:
        return
    if found == before:
        yield Finding("note", f"{path} is one step behind the log; a gatekeeper rolls it forward.")
    else:
        yield _error(f"{path} does not say what the decision log puts in force.")


def _check_models(store: ModelStore, log: DecisionLog) -> Iterator[Finding]:
    named = log.registry
    for digest in store.models.digests():
        directory = store.models.directory(digest)
        try:
            model = store.models.read(digest)
        except ModelgateError as error:
            yield _error(error)
            continue
        yield from _check_files(directory, {descriptor.name for descriptor in model.files})
        if named is not None and digest == named.digest and model.files != named.files:
            yield _error(f"The registry's descriptors are not those of {directory}.")
    if named is not None and not store.models.has(named.digest):
        yield _error(f"The model in production, {named.digest}, is missing from the store.")


def _check_candidates(store: ModelStore, log: DecisionLog) -> Iterator[Finding]:
    for candidate_id in store.candidates.ids():
        directory = store.layout.candidate(candidate_id)
        decision = log.decision_on(candidate_id)
        is_refused = decision is not None and decision.outcome == "refused"
        try:
            manifest = store.candidates.manifest(candidate_id)
            read_model(directory, manifest.digest)
            for descriptor in manifest.files:
                read_verified(directory, descriptor)
        except ModelgateError as error:
            yield Finding("note", f"{error} (It was refused.)") if is_refused else _error(error)
            continue
        described = {file.name for file in manifest.files}
        for finding in _check_files(directory, {MANIFEST, MANIFEST_SIGNATURE} | described):
            yield Finding("note", f"{finding.message} (It was refused.)") if is_refused else finding


def _check_files(directory: Path, allowed: set[str]) -> Iterator[Finding]:
    for path in sorted(directory.iterdir()):
        if path.name not in allowed:
            yield _error(f"{path} is named by no document.")


def _check_heartbeats(layout: StoreLayout) -> Iterator[Finding]:
    if not layout.serving.is_dir():
        return
    for path in sorted(layout.serving.glob("*.json")):
        try:
            Heartbeat.decode(read_document(path), path)
        except StoreError as error:
            yield _error(error)
        except FileNotFoundError:
            continue  # its worker has just stopped


def _check_names(layout: StoreLayout) -> Iterator[Finding]:
    known: dict[Path, Callable[[str], object]] = {
        layout.candidates: CANDIDATE_ID.fullmatch,
        layout.models: digest_of_model_name,
        layout.decisions: number_of_decision_name,
        layout.serving: lambda name: name.endswith(".json") and WORKER.fullmatch(name[:-5]),
    }
    for path in hidden_entries(layout.root):
        yield Finding("note", f"{path} is left over from a write that was cut short.")
    for directory, is_known in known.items():
        for path in hidden_entries(directory):
            yield Finding("note", f"{path} is left over, or a write in progress.")
        for path in sorted(directory.iterdir()) if directory.is_dir() else []:
            if not path.name.startswith(".") and not is_known(path.name):
                yield _error(f"{path} has no place in a store.")


def _check_rights(layout: StoreLayout) -> Iterator[Finding]:
    for path in [layout.root, *sorted(layout.root.rglob("*"))]:
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue  # a writer has just moved it
        if stat.S_ISLNK(status.st_mode):
            yield _error(f"{path} is a symbolic link; a store holds none.")
        elif status.st_mode & _WRITABLE_BY_OTHERS:
            yield _error(f"{path} can be written by others than its owner (chmod go-w).")
        elif path == layout.token and status.st_mode & _READABLE_BY_OTHERS:
            yield _error(f"{path} can be read by others than its owner (chmod 600).")
