"""The check that the holdout still has the champion's holdout rows, or is declared new."""

from gatekeeper.evidence.comparison_messages import SeenRows
from gatekeeper.evidence.facts import Champion, Facts
from gatekeeper.policy.holdout.row_hashes import REQUIRED, why_unknown
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.layout import ROWS


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    seen, manifest = facts.comparison.seen if facts.comparison else None, facts.submission.manifest
    if seen is None or facts.champion is None or manifest is None:
        return None
    version, lost, most = facts.champion.version, seen.lost_fraction, policy.max_holdout_loss
    if lost is None:
        passed = not policy.require_row_hashes or manifest.new_holdout
        message = (
            f"Row hashes cannot show how much of version {version}'s holdout is left. "
            f"{_find_reason(seen, facts.champion)}{'' if passed else REQUIRED}"
        )
    else:
        passed, time = lost <= most or manifest.new_holdout, manifest.data.time
        place = "from the data" if time else "here"
        message = (
            f"{lost:.1%} of the rows that version {version} was judged on are missing {place}; "
        )
        if not lost:
            message = f"All rows that version {version} was judged on are in this holdout."
            if time:
                message = (
                    f"All rows that version {version} was judged on are still in the data. "
                    f"With TRAINER_TIME={time.column}, the older ones may be training rows now."
                )
        elif lost <= most:
            message += f"at most {most:.1%} may be missing."
        elif passed:
            message += "TRAINER_NEW_HOLDOUT declares the holdout new."
        else:
            message += (
                f"at most {most:.1%} may be missing. If this is intended, train with "
                "TRAINER_NEW_HOLDOUT=true, or set GATEKEEPER_MAX_HOLDOUT_LOSS."
            )
    return Ruling(
        passed,
        message,
        observed=lost,
        required=most,
        skipped="not_checked" if lost is None else None,
    )


def _find_reason(seen: SeenRows, champion: Champion) -> str:
    """Say which model has no hashes of its rows. Times may still show which rows it has seen."""
    found = why_unknown(seen, champion) or champion.why_rows_unknown or seen.champion_error
    return found or f"The candidate has no {ROWS}."


HOLDOUT_RETAINED = Check(
    id="holdout-retained",
    title="holdout retains the champion's rows, or is declared new",
    judge=_judge,
)
