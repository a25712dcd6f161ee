"""The check that a candidate agrees with its own schema and does not break clients."""

from collections.abc import Sequence
from typing import Any

from gatekeeper.evidence import check_ids
from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.submission.schema_changes import MOST_SHOWN, SchemaChange, find_changes
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Artefact
from shared.contract.layout import FORMAT_VERSION


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    artefact, error = facts.submission.artefact, _own_error(facts)
    if artefact is None:
        return Ruling(passed=False, message=error, required=FORMAT_VERSION) if error else None
    champion = facts.champion
    is_known = champion is not None and champion.artefact is not None
    changes = find_changes(champion.artefact, artefact) if champion and champion.artefact else ()
    breaking = any(change.breaks for change in changes)
    refused = breaking and not policy.allow_schema_change
    if not (error or refused or _has_read_all_rows(facts)):
        return None
    sentences = [error or _describe_shape(artefact)] if error or not refused else []
    if champion and not is_known:
        sentences.append(
            f"The feature schema of version {champion.version} could not be read or compared."
        )
    if changes:
        sentences.append(_describe(facts, changes, breaking=breaking, refused=refused))
    observed, required = _values(artefact, changes)
    return Ruling(
        passed=not (error or refused),
        message=" ".join(sentences),
        observed=None if error and not changes else observed,
        required=required,
    )


def _own_error(facts: Facts) -> str:
    """Return the error of the candidate itself, without a comparison."""
    scored = facts.challenger.errors if facts.challenger else {}
    schema = check_ids.SCHEMA_COMPATIBLE
    return facts.submission.errors.get(schema) or scored.get(schema, "")


def _has_read_all_rows(facts: Facts) -> bool:
    """Return whether scoring reached the predictions, which come after all rows."""
    challenger = facts.challenger
    return challenger is not None and (
        challenger.score is not None or check_ids.SCORE_REPRODUCED in challenger.errors
    )


def _values(artefact: Artefact, changes: Sequence[SchemaChange]) -> tuple[Any, Any]:
    """Return the values of challenger and champion where they differ, or the shape."""
    if not changes:
        shape = {
            "task": artefact.task,
            "features": len(artefact.features),
            "classes": len(artefact.classes),
        }
        return shape, shape
    few = changes[:MOST_SHOWN]
    return {change.what: change.has for change in few}, {change.what: change.had for change in few}


def _describe_shape(artefact: Artefact) -> str:
    features, classes = len(artefact.features), len(artefact.classes)
    text = f"{features} feature{'s' if features > 1 else ''}"
    text += f" and {classes} classes" if classes else ""
    return f"{text}, as in its holdout and golden rows."


def _describe(
    facts: Facts, changes: Sequence[SchemaChange], *, breaking: bool, refused: bool
) -> str:
    clauses = "; ".join(change.sentence for change in changes[:MOST_SHOWN])
    if len(changes) > MOST_SHOWN:
        clauses += f"; and {len(changes) - MOST_SHOWN} more"
    version = f"version {facts.champion.version}" if facts.champion else "production"
    if refused:
        return (
            f"Clients of {version} would break: {clauses}. When they are ready for it, "
            "set GATEKEEPER_ALLOW_SCHEMA_CHANGE=true and train again."
        )
    if breaking:
        return (
            f"Clients of {version} must change, which GATEKEEPER_ALLOW_SCHEMA_CHANGE "
            f"allows: {clauses}."
        )
    return f"Clients of {version} need not change: {clauses}."


SCHEMA_COMPATIBLE = Check(
    id=check_ids.SCHEMA_COMPATIBLE, title="feature schema is compatible", judge=_judge
)
