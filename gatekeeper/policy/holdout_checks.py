"""The rules about the rows of the holdout, one function each: facts in, a check out.

None where a check cannot run.
"""

from gatekeeper.evidence.comparison_messages import PairedScores
from gatekeeper.evidence.facts import Champion, Facts, GatePolicy
from gatekeeper.evidence.row_findings import SeenRows
from gatekeeper.policy.submission_checks import KEPT, UNSEEN
from shared.contract.documents import CheckResult
from shared.contract.layout import ROWS

_REQUIRED = " GATEKEEPER_REQUIRE_ROW_HASHES=true requires it."


def check_unseen(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The challenger saw no row of the holdout, and the champion none that both are compared on."""
    seen = facts.comparison.seen if facts.comparison else None
    if facts.comparison is None or seen is None:
        return None
    compared = facts.comparison.compared
    champion = facts.champion if facts.champion and facts.champion.score is not None else None
    message = _fault(seen, champion, compared, rules)
    unknown = "" if message else _unknown(seen, champion)
    passed = not message and not (unknown and rules.require_row_hashes)
    if unknown:
        message = f"It cannot be shown that neither model has seen these rows. {unknown}"
        message += "" if passed else _REQUIRED
    return CheckResult(
        name=UNSEEN,
        passed=passed,
        observed={
            "rows": seen.rows,
            "challenger": seen.challenger,
            "champion": seen.champion if champion else None,
            "compared": compared.rows if compared else None,
        },
        required={"challenger": 0},
        message=message or _told(seen, champion, compared),
    )


def check_kept(facts: Facts, rules: GatePolicy) -> CheckResult | None:
    """The holdout still has the rows that the champion was judged on, or is said to be new."""
    seen, manifest = facts.comparison.seen if facts.comparison else None, facts.submission.manifest
    if seen is None or facts.champion is None or manifest is None:
        return None
    version, lost = facts.champion.version, seen.lost_fraction
    if lost is None:
        passed = not rules.require_row_hashes or manifest.new_holdout
        message = (
            f"It cannot be shown which rows of version {version}'s holdout are left. "
            f"{_unknown(seen, facts.champion)}{'' if passed else _REQUIRED}"
        )
    else:
        passed = lost <= rules.max_holdout_loss or manifest.new_holdout
        message = f"Of the rows that version {version} was judged on, {lost:.1%} are missing here; "
        if not lost:
            message = f"All rows that version {version} was judged on are in this holdout."
        elif passed and lost > rules.max_holdout_loss:
            message += "the trainer was told that the holdout is new (TRAINER_NEW_HOLDOUT)."
        else:
            message += f"at most {rules.max_holdout_loss:.1%} may be."
    if not passed and lost is not None:
        message += (
            " Where that is meant, train with TRAINER_NEW_HOLDOUT=true, or set "
            "GATEKEEPER_MAX_HOLDOUT_LOSS."
        )
    return CheckResult(
        name=KEPT,
        passed=passed,
        observed=lost,
        required=rules.max_holdout_loss,
        message=message,
    )


def _fault(
    seen: SeenRows, champion: Champion | None, compared: PairedScores | None, rules: GatePolicy
) -> str:
    if seen.challenger_error:
        return f"The hashes of the challenger's rows cannot be read. {seen.challenger_error}"
    if seen.challenger:
        return (
            f"The challenger was trained on {seen.challenger} of the {seen.rows} rows of its "
            "holdout, so its score says how well it remembers."
        )
    if champion and seen.champion and compared is None:
        return (
            f"Version {champion.version} was trained on {seen.champion} of these {seen.rows} rows, "
            f"and {rules.metric} cannot be computed on the other {seen.rows - seen.champion}. "
            "Train with the TRAINER_SPLIT_SALT of before, or bring more rows."
        )
    return ""


def _unknown(seen: SeenRows, champion: Champion | None) -> str:
    if seen.challenger is None:
        return f"The candidate came without {ROWS}."
    if champion is None or seen.champion is not None:
        return ""
    why = champion.why_rows_unknown or seen.champion_error
    return f"Of version {champion.version}: {why}"


def _told(seen: SeenRows, champion: Champion | None, compared: PairedScores | None) -> str:
    if champion is None or compared is None:
        return f"The challenger was trained on none of these {seen.rows} rows."
    if seen.champion:
        return (
            f"Version {champion.version} was trained on {seen.champion} of these {seen.rows} rows; "
            f"both models are compared on the other {compared.rows}."
        )
    return f"Neither model was trained on any of these {seen.rows} rows."
