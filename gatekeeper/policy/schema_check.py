"""The rule about the schema: what clients send and get goes on to mean what it meant. Pure."""

from collections.abc import Sequence
from typing import Any

from gatekeeper.evidence.facts import Facts, GatePolicy
from gatekeeper.policy.schema_changes import MOST_SHOWN, SchemaChange, find_changes
from gatekeeper.policy.submission_checks import CLAIM, SCHEMA
from shared.contract.documents import Artefact, CheckResult
from shared.contract.layout import FORMAT_VERSION


def check_schema(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """A candidate is of one piece, and the champion's clients can live with it.

    Its holdout and golden rows have the artefact's features and classes; and nothing that a
    client was right to send is refused or misread from now on, unless the operator allows it.
    """
    artefact, error = facts.submission.artefact, _own_error(facts)
    if artefact is None:
        return _check(error, None, FORMAT_VERSION, passed=False) if error else None
    found = _differences(facts, artefact)
    breaking = any(difference.breaks for difference in found)
    refused = breaking and not rules.allow_schema_change
    if not (error or refused or _is_of_one_piece(facts)):
        return None
    sentences = [error or _shape_text(artefact)] if error or not refused else []
    if facts.champion and facts.champion.artefact is None:
        sentences.append(f"What version {facts.champion.version} takes could not be read.")
    if found:
        sentences.append(_comparison_text(facts, found, breaking=breaking, refused=refused))
    observed, required = _values(artefact, found)
    if error and not found:
        observed = None
    return _check(" ".join(sentences), observed, required, passed=not (error or refused))


def _check(message: str, observed: Any, required: Any, *, passed: bool) -> CheckResult:
    return CheckResult(
        name=SCHEMA, passed=passed, observed=observed, required=required, message=message
    )


def _own_error(facts: Facts) -> str:
    """What is wrong with the candidate by itself."""
    scored = facts.challenger.errors if facts.challenger else {}
    return facts.submission.errors.get(SCHEMA) or scored.get(SCHEMA, "")


def _is_of_one_piece(facts: Facts) -> bool:
    """Whether scoring got as far as the answers, and so past all rows."""
    challenger = facts.challenger
    return challenger is not None and (challenger.score is not None or CLAIM in challenger.errors)


def _differences(facts: Facts, artefact: Artefact) -> tuple[SchemaChange, ...]:
    champion = facts.champion
    return find_changes(champion.artefact, artefact) if champion and champion.artefact else ()


def _values(artefact: Artefact, found: Sequence[SchemaChange]) -> tuple[Any, Any]:
    """What the challenger has and what the champion had, where they differ."""
    if not found:
        shape = {
            "task": artefact.task,
            "features": len(artefact.features),
            "classes": len(artefact.classes),
        }
        return shape, shape
    few = found[:MOST_SHOWN]
    return {each.what: each.has for each in few}, {each.what: each.had for each in few}


def _shape_text(artefact: Artefact) -> str:
    features, classes = len(artefact.features), len(artefact.classes)
    text = f"{features} feature{'s' if features > 1 else ''}"
    text += f" and {classes} classes" if classes else ""
    return f"{text}, as in its holdout and golden rows."


def _comparison_text(
    facts: Facts, found: Sequence[SchemaChange], *, breaking: bool, refused: bool
) -> str:
    clauses = "; ".join(difference.sentence for difference in found[:MOST_SHOWN])
    if len(found) > MOST_SHOWN:
        clauses += f"; and {len(found) - MOST_SHOWN} more"
    version = f"version {facts.champion.version}" if facts.champion else "production"
    if refused:
        return (
            f"Clients of {version} would break: {clauses}. Once they are ready for it, "
            "set GATEKEEPER_ALLOW_SCHEMA_CHANGE=true and train again."
        )
    if breaking:
        return (
            f"Clients of {version} must change, which GATEKEEPER_ALLOW_SCHEMA_CHANGE "
            f"allows: {clauses}."
        )
    return f"Clients of {version} need not change: {clauses}."
