"""The rules about single answers, one function each: facts in, a check out.

None where a check cannot run, and where nobody has asked for it.
"""

from gatekeeper.evidence.comparison_messages import HoldoutResult
from gatekeeper.evidence.facts import Facts, GatePolicy
from gatekeeper.evidence.row_findings import SliceScore
from gatekeeper.policy.score_checks import ROUNDING
from gatekeeper.policy.submission_checks import MIN_ROWS, RECALLS, SLICES, VARIES
from shared.contract.documents import CheckResult
from shared.score_format import format_score

MOST_SHOWN = 20
"""Classes or slices in a check, those first that are worst."""


def check_varies(facts: Facts) -> CheckResult | None:
    """The model looks at its rows: it does not answer all of them the same."""
    comparison = facts.comparison
    if comparison is None or not (comparison.challenger or comparison.error):
        return None
    found = comparison.challenger
    if found is None:
        passed, message = False, f"Nobody could look at the answers. {comparison.error}"
    elif found.rows == 1:
        return None
    else:
        passed = found.predictions_vary
        message = "Rows of the holdout get different answers."
    if found and not passed:
        message = (
            f"All {found.rows} rows of the holdout get the very same answer, "
            "as from a model that does not look at them."
        )
    return CheckResult(
        name=VARIES,
        passed=passed,
        observed=None if found is None else "different" if passed else "the same",
        required="different",
        message=message,
    )


def check_min_rows(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The holdout has rows enough to judge on."""
    found = _challenger(facts)
    if facts.comparison is None or found is None or not rules.min_holdout_rows:
        return None
    rows = facts.comparison.compared.rows if facts.comparison.compared else found.rows
    passed = rows >= rules.min_holdout_rows
    message = f"The holdout has {rows} rows"
    if rows < found.rows:
        message += f" of {found.rows} that neither model has seen"
    message += f"; at least {rules.min_holdout_rows} are required."
    return CheckResult(
        name=MIN_ROWS,
        passed=passed,
        observed=rows,
        required=rules.min_holdout_rows,
        message=message if passed else f"{message} Train on more data.",
    )


def check_recalls(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """Of every class, the model finds as many rows as the operator asks for."""
    found = _challenger(facts)
    if found is None or not found.recalls or rules.recall_floor is None:
        return None
    there = sorted((each.recall, each.name) for each in found.recalls if each.recall is not None)
    absent = [each.name for each in found.recalls if each.recall is None]
    lowest, name = there[0]
    passed = lowest >= rules.recall_floor and not absent
    if absent:
        message = f"The holdout has no row of {absent[0]!r:.80}, so its recall is unknown."
    else:
        message = (
            f"The lowest recall is {format_score(lowest)}, of {name!r:.80}; "
            f"at least {rules.recall_floor:g} is required of every class."
        )
    return CheckResult(
        name=RECALLS,
        passed=passed,
        observed={name: recall for recall, name in there[:MOST_SHOWN]},
        required=rules.recall_floor,
        message=message,
    )


def check_slices(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """On no slice that the operator names is the challenger worse by more than allowed."""
    artefact = facts.submission.artefact
    if facts.comparison is None or artefact is None or not rules.slices or not _challenger(facts):
        return None
    slices = facts.comparison.slices
    known = {feature.name for feature in artefact.features}
    unknown = [column for column in rules.slices if column not in known]
    worse = [each for each in slices if _is_worse(each, rules.slice_drop)]
    if unknown:
        message = (
            f"GATEKEEPER_SLICES names {unknown[0]!r:.80}, which is no feature of the model, "
            "so nobody can tell how it does there."
        )
    elif worse:
        message = (
            f"It is worse than production by more than {rules.slice_drop:g} where "
            f"{'; where '.join(map(_described, worse[:3]))}."
        )
    elif any(each.is_compared for each in slices):
        message = (
            f"On no slice is it worse than production by more than {rules.slice_drop:g}; "
            f"it does worst where {_described(slices[0])}."
        )
    else:
        message = f"No slice of {rules.slice_rows} rows or more could be compared."
    return CheckResult(
        name=SLICES,
        passed=not (unknown or worse),
        observed=[each.model_dump(mode="json") for each in slices[:MOST_SHOWN]],
        required={"slices": list(rules.slices), "rows": rules.slice_rows, "drop": rules.slice_drop},
        message=message,
    )


def _challenger(facts: Facts) -> HoldoutResult | None:
    return facts.comparison.challenger if facts.comparison else None


def _is_worse(each: SliceScore, drop: float) -> bool:
    """By more than *drop*, and not by the rounding of both scores."""
    largest = max(abs(each.challenger or 0.0), abs(each.champion or 0.0), 1.0)
    return each.difference < -drop - ROUNDING * largest


def _described(each: SliceScore) -> str:
    ours, theirs = (
        "no score" if score is None else format_score(score)
        for score in (each.challenger, each.champion)
    )
    return f"{each.column!r:.60} is {each.value!r:.60}, with {ours} to {theirs} on {each.rows} rows"
