"""The check that the holdout still has the champion's holdout rows, or is declared new."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.holdout.row_hashes import REQUIRED, why_unknown
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import Skipped


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    seen, manifest = facts.comparison.seen if facts.comparison else None, facts.submission.manifest
    if seen is None or facts.champion is None or manifest is None:
        return None
    version, lost, most = facts.champion.version, seen.lost_fraction, policy.max_holdout_loss
    if lost is None:
        passed = not policy.require_row_hashes or manifest.new_holdout
        message = (
            f"Row hashes cannot show how much of version {version}'s holdout is left. "
            f"{why_unknown(seen, facts.champion)}{'' if passed else REQUIRED}"
        )
    else:
        passed = lost <= most or manifest.new_holdout
        message = f"{lost:.1%} of the rows that version {version} was judged on are missing here; "
        if not lost:
            message = f"All rows that version {version} was judged on are in this holdout."
        elif lost <= most:
            message += f"at most {most:.1%} may be missing."
        elif passed:
            message += "TRAINER_NEW_HOLDOUT declares it new."
        else:
            message += (
                f"at most {most:.1%} may be missing. If this is intended, train with "
                "TRAINER_NEW_HOLDOUT=true, or set GATEKEEPER_MAX_HOLDOUT_LOSS."
            )
    skipped: Skipped | None = "not_checked" if lost is None and passed else None
    return Ruling(passed, message, observed=lost, required=most, skipped=skipped)


HOLDOUT_RETAINED = Check(
    id="holdout-retained",
    title="holdout retains the champion's rows, or is declared new",
    judge=_judge,
)
