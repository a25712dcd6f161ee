"""A decision in short: what differs, how sure that is, what these rows show, and what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatekeeper.policy.check_names import APPROVAL, check_title, show_check, to_check_id
from gatekeeper.policy.holdout.holdout_reuse import HOLDOUT_REUSE
from gatekeeper.policy.live_rows.changed_answers import CHANGED_ANSWERS
from gatekeeper.policy.live_rows.live_comparison import LIVE_COMPARISON
from gatekeeper.policy.scores.champion_comparison import CHAMPION_COMPARISON
from gatekeeper.policy.scores.difference_text import (
    Difference,
    count_rows,
    describe_bound,
    describe_detectable,
    describe_rows,
    describe_rows_to_show,
    read_difference,
    show_short,
)
from gatekeeper.policy.scores.significance import SIGNIFICANCE
from gatekeeper.policy.slices.slice_coverage import SLICE_COVERAGE
from gatekeeper.policy.slices.slice_text import count_slices
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision
from shared.metric_text import is_error, name_metric, show_score
from shared.score_format import format_score

ABOUT_SCORES = (SIGNIFICANCE.id, CHAMPION_COMPARISON.id)
"""The checks that compare both scores."""
ROWS_PER_HOLDOUT_ROW = 5
"""Rows of a table for each row of its holdout, with the usual split."""


@dataclass(frozen=True)
class Answer:
    """One question about a decision, with the answer in a few sentences."""

    question: str
    text: str


def summarize(decision: Decision, why: str) -> tuple[Answer, ...]:
    """Return the answers; none for a rollback. *why* is the reason for the decision."""
    if decision.outcome == "rolled_back":
        return ()
    chance = _find(decision, SIGNIFICANCE.id)
    found = read_difference(chance.observed) if chance else None
    answers = {
        "Why this decision": _reason(decision, why),
        "What differs": _differs(decision, chance, found),
        "How sure that is": _certainty(decision, chance, found),
        "On rows of production": _on_live_rows(decision),
        "What these rows can show": _power(decision, found),
        "What to do for more": _remedy(decision, found),
    }
    return tuple(Answer(question, text) for question, text in answers.items() if text)


def _reason(decision: Decision, why: str) -> str:
    if decision.outcome == "inconclusive":
        return "Its score is as good as required, but this may be chance. Production stays."
    failed = [check for check in decision.failed if to_check_id(check.name) != SIGNIFICANCE.id]
    return " ".join(show_check(each, decision.metric).message for each in failed) or why


def _differs(decision: Decision, chance: CheckResult | None, found: Difference | None) -> str:
    ours, theirs = (decision.scores.get(name) for name in ("challenger", "champion"))
    if not isinstance(ours, int | float):
        return "Nothing was compared: the candidate was refused before it had a score."
    name, score = name_metric(decision.metric), show_score(decision.metric, ours)
    if not isinstance(theirs, int | float):
        compared = _find(decision, CHAMPION_COMPARISON.id)
        if compared is not None and not compared.passed:  # production could not be scored
            return show_check(compared, decision.metric).message
        return f"No model was in production, so {name} {score} is compared with nothing."
    if found is None:
        return show_check(chance, decision.metric).message if chance else ""
    if found.same_model:
        return "Nothing: it is the model in production, byte for byte."
    text = f"{name} is {score}, and production's is {show_score(decision.metric, theirs)}"
    text += f", on the same {count_rows(found.rows)}: {_compare(found)}."
    return " ".join(filter(None, (text, describe_rows(found))))


def _compare(found: Difference) -> str:
    size = f"{abs(found.difference):.3g}"
    if not found.difference:
        return "no difference"
    return f"the candidate is {size} {'better' if found.difference > 0 else 'worse'}"


def _certainty(decision: Decision, chance: CheckResult | None, found: Difference | None) -> str:
    if chance is None or found is None or found.same_model:
        return ""
    is_rule = chance.required is not None
    bound = describe_bound(found, decision.metric, is_required=True)
    if found.is_sure:
        return f"Sure that it is as good as required. {bound}"
    most = "at least" if is_error(decision.metric) else "at most"
    upper = f"With the same confidence it is {most} {show_short(decision.metric, found.upper)}."
    if found.is_surely_worse:
        return f"Sure that it is worse than required. {bound} {upper}"
    text = f"Not sure: the difference may be chance. {bound} {upper}"
    if not is_rule:
        text += " No GATEKEEPER_CONFIDENCE is set, so the scores on these rows decide."
    return text


def _on_live_rows(decision: Decision) -> str:
    """Return the results on logged rows that refused nobody: failures are the reason above."""
    checks = (_find(decision, check.id) for check in (CHANGED_ANSWERS, LIVE_COMPARISON))
    found = (each for each in checks if each and each.passed and each.observed)
    return " ".join(show_check(each, decision.metric).message for each in found)


def _power(decision: Decision, found: Difference | None) -> str:
    if found is None or found.same_model:
        return ""
    text = describe_detectable(found, decision.metric)
    slices = _mention_slices(decision)
    if not text:
        text = "They cannot show a difference, because no row tells the models apart."
        return " ".join(filter(None, (text, slices)))
    parts = (
        text,
        "Smaller ones are often missed.",
        describe_rows_to_show(found),
        _describe_reuse(decision),
        slices,
    )
    return " ".join(filter(None, parts))


def _mention_slices(decision: Decision) -> str:
    """Return a sentence about slices that no limit judged; empty if there are none."""
    coverage = _find(decision, SLICE_COVERAGE.id)
    match coverage.observed if coverage else None:
        case {"unjudged": int(count)} if count:
            slices, check = count_slices(count), SLICE_COVERAGE.title
            return f"They cannot judge {slices}: see the check '{check}'."
    return ""


def _describe_reuse(decision: Decision) -> str:
    """Say how often the rows decided before, and which allowance follows."""
    reuse = _find(decision, HOLDOUT_REUSE.id)
    observed = reuse.observed if reuse and isinstance(reuse.observed, dict) else {}
    times, allowance = observed.get("decisions"), observed.get("allowance")
    if not times or not observed.get("reused"):
        return ""
    earlier = f"{times} earlier decision{'' if times == 1 else 's'}"
    text = f"{earlier} used these rows, so part of production's score may be luck."
    if isinstance(allowance, float) and allowance:
        text += (
            " The candidate is better on validation, "
            f"so a score that is worse by up to {format_score(allowance)} is accepted."
        )
    return text


def _remedy(decision: Decision, found: Difference | None) -> str:
    if decision.outcome in {"promoted", "unchanged"}:
        return _after_promotion(decision, found)
    others = [check for check in decision.failed if to_check_id(check.name) not in ABOUT_SCORES]
    if others:
        return _after_other_checks(others)
    if found is None:
        return "Read the messages of the failed checks: each says what to do."
    if found.is_surely_worse:
        return "Train a better model. More rows would show the same."
    if decision.outcome == "refused":
        return (
            "Train a better model, or add rows. "
            "A new try on the same rows may pass by chance, which proves nothing."
        )
    return " ".join(_when_inconclusive(found))


def _after_other_checks(failed: Sequence[CheckResult]) -> str:
    if any(to_check_id(check.name) == APPROVAL for check in failed):
        return "A person rejected it. Read the reason, or ask this person."
    titles = "; ".join(check_title(check.name) for check in failed)
    return f"Correct what the failed checks name: {titles}. Each message says how."


def _when_inconclusive(found: Difference) -> Iterator[str]:
    if found.rows_to_show is not None and found.rows_to_show > found.rows:
        table = count_rows(ROWS_PER_HOLDOUT_ROW * found.rows_to_show)
        holdout = count_rows(found.rows_to_show)
        yield f"Add data: a holdout of {holdout} needs a table of about {table}."
    else:
        yield "Add data, so that more rows decide."
    yield "Or allow a small drop with GATEKEEPER_MIN_IMPROVEMENT, chosen before you see results."


def _after_promotion(decision: Decision, found: Difference | None) -> str:
    if found is None:
        if isinstance(decision.scores.get("champion"), int | float):
            return ""
        return "Set GATEKEEPER_FLOOR, so that no weak model is ever promoted."
    if found.is_sure:
        return "Nothing. A rollback goes back to an earlier version."
    return (
        "To promote only what is surely as good, set GATEKEEPER_CONFIDENCE=0.95. "
        "A rollback goes back to an earlier version."
    )


def _find(decision: Decision, check_id: str) -> CheckResult | None:
    found = (check for check in decision.checks if to_check_id(check.name) == check_id)
    return next(found, None)
