"""The check that no model was trained on the rows that both are compared on."""

from gatekeeper.evidence.comparison_messages import PairedScores, SeenRows
from gatekeeper.evidence.facts import Champion, Facts
from gatekeeper.policy.holdout.row_hashes import REQUIRED, why_unknown
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.metric_text import name_metric


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    seen = facts.comparison.seen if facts.comparison else None
    if facts.comparison is None or seen is None:
        return None
    compared = facts.comparison.compared
    champion = facts.champion if facts.champion and facts.champion.score is not None else None
    message = _find_fault(seen, champion, compared, policy)
    unknown = "" if message else why_unknown(seen, champion)
    passed = not message and not (unknown and policy.require_row_hashes)
    if unknown:
        message = f"Row hashes cannot show that neither model has seen these rows. {unknown}"
        message += "" if passed else REQUIRED
    return Ruling(
        passed=passed,
        message=message or _describe(seen, champion, compared),
        observed={
            "rows": seen.rows,
            "challenger": seen.challenger,
            "champion": seen.champion if champion else None,
            "compared": compared.rows if compared else None,
        },
        required={"challenger": 0},
        skipped="not_checked" if unknown else None,
    )


def _find_fault(
    seen: SeenRows, champion: Champion | None, compared: PairedScores | None, policy: GatePolicy
) -> str:
    if seen.challenger_error:
        return f"The hashes of the challenger's rows cannot be read. {seen.challenger_error}"
    if seen.challenger:
        return (
            f"The challenger was trained on {seen.challenger} of the {seen.rows} rows of its "
            "holdout, so its score is too high. Remove these rows from training."
        )
    if champion and seen.champion and compared is None:
        advice = "Train with the previous TRAINER_SPLIT_SALT, or with more rows."
        if champion.time is not None:
            advice = f"Train with more rows that are newer than {champion.time.describe()}."
        return (
            f"Version {champion.version} was trained on {seen.champion} of these {seen.rows} rows, "
            f"and {name_metric(policy.metric)} cannot be computed on the other "
            f"{seen.rows - seen.champion}. "
            f"{advice}"
        )
    return ""


def _describe(seen: SeenRows, champion: Champion | None, compared: PairedScores | None) -> str:
    if champion is None or compared is None:
        return f"The challenger was not trained on any of these {seen.rows} rows."
    if seen.champion:
        others = f"the other {compared.rows}"
        if champion.time is not None:
            others = f"{others}, which are newer than {champion.time.describe()}"
        return (
            f"Version {champion.version} was trained on {seen.champion} of these {seen.rows} rows; "
            f"both models are compared on {others}."
        )
    if champion.time is not None:
        return (
            f"All {seen.rows} rows are newer than those that either model was trained on; "
            f"version {champion.version} was trained on rows up to {champion.time.describe()}."
        )
    return f"Neither model was trained on any of these {seen.rows} rows."


HOLDOUT_UNSEEN = Check(id="holdout-unseen", title="holdout is unseen by both models", judge=_judge)
