"""Make a store with a long decision log out of a store with a few real decisions."""

import hashlib
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from gatekeeper.decisions.rollback import roll_back
from shared.contract.documents import Decision
from shared.store.candidates import new_candidate_id
from shared.store.store import ModelStore, open_store


def make_store(source: Path, root: Path, decisions: int) -> ModelStore:
    """Copy *source* to *root*, and lengthen its log to *decisions* entries.

    Every second new entry is a promotion, the others are refusals: copies of the real last one
    under new ids. The newest entry is a rollback to version 1, whose candidate is in the store.
    """
    shutil.copytree(source, root)
    store = open_store(root)
    log = store.decision_log()
    for data, number in _lengthen(log.entries[-1].decision, log.head_sha256, decisions - 1):
        store.layout.decision(number).write_bytes(data)
    roll_back(open_store(root), 1)
    return store


def _lengthen(last: Decision, sha256: str | None, until: int) -> Iterator[tuple[bytes, int]]:
    """Yield the bytes and the number of each new entry, chained to the real *last* one."""
    assert last.registry is not None  # noqa: S101 - it is a promotion
    registry = last.registry
    failed = last.checks[0].model_copy(update={"passed": False})
    for number in range(last.number + 1, until + 1):
        decided_at = last.decided_at + timedelta(seconds=number)
        candidate_id = new_candidate_id(decided_at)
        is_promotion = number % 2 == 0
        if is_promotion:
            registry = registry.model_copy(
                update={
                    "version": registry.version + 1,
                    "previous_version": registry.version,
                    "decision": number,
                    "candidate_id": candidate_id,
                    "promoted_at": decided_at,
                }
            )
        data = last.model_copy(
            update={
                "number": number,
                "previous": sha256,
                "candidate_id": candidate_id,
                "outcome": "promoted" if is_promotion else "refused",
                "checks": last.checks if is_promotion else (failed, *last.checks[1:]),
                "decided_at": decided_at,
                "registry": registry if is_promotion else None,
            }
        ).encode()
        sha256 = hashlib.sha256(data).hexdigest()
        yield data, number
