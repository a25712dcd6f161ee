"""The check that the holdout keeps all rows of the holdouts before it, or is declared new.

Each candidate may lose a few rows. Many candidates could lose most of them one by one, so the rows
of all models since the last declared new holdout count.
"""

from gatekeeper.evidence.comparison_messages import SeenRows
from gatekeeper.evidence.facts import Champion, Facts
from gatekeeper.policy.holdout.row_hashes import REQUIRED, why_unknown
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.layout import ROWS
from shared.contract.time_split import TimeSplit

_EXPIRED = (
    " Live rows are lost when the prediction log removes them, after PREDICTOR_LOG_DAYS: write "
    "them to your table before, as docs/live-rows.md describes."
)


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    seen, manifest = facts.comparison.seen if facts.comparison else None, facts.submission.manifest
    if seen is None or facts.champion is None or manifest is None:
        return None
    lost, most = facts.lost_fraction, policy.max_holdout_loss
    if lost is None:
        passed = not policy.require_row_hashes or manifest.new_holdout
        message = (
            f"Row hashes cannot show how much of version {facts.champion.version}'s holdout is "
            f"left. {_find_reason(seen, facts.champion)}{'' if passed else REQUIRED}"
        )
    else:
        passed = lost <= most or manifest.new_holdout
        message = _describe_all(facts.champion, manifest.data.time)
        if lost:
            message = _describe_loss(
                facts.champion, seen, lost, is_by_time=bool(manifest.data.time)
            )
            message += _describe_limit(lost, most, is_declared=manifest.new_holdout)
            if not passed and manifest.data.live is not None:
                message += _EXPIRED
    return Ruling(
        passed,
        message,
        observed=lost,
        required=most,
        skipped="not_checked" if lost is None else None,
    )


def _describe_all(champion: Champion, time: TimeSplit | None) -> str:
    if time is None:
        return f"All rows that {_name_versions(champion)} judged on are in this holdout."
    return (
        f"All rows that {_name_versions(champion)} judged on are still in the data. "
        f"With TRAINER_TIME={time.column}, the older ones may be training rows now."
    )


def _describe_loss(champion: Champion, seen: SeenRows, lost: float, *, is_by_time: bool) -> str:
    had_lost = champion.earlier is not None and champion.earlier.lost_before > 0
    count = "" if seen.kept_rows is None or had_lost else f"{seen.kept_rows} "
    place = "from the data" if is_by_time else "here"
    rows = f"{count}rows that {_name_versions(champion)} judged on"
    return f"{lost:.1%} of the {rows} are missing {place}; "


def _describe_limit(lost: float, most: float, *, is_declared: bool) -> str:
    if lost <= most:
        return f"at most {most:.1%} may be missing."
    if is_declared:
        return "TRAINER_NEW_HOLDOUT declares the holdout new."
    return (
        f"at most {most:.1%} may be missing. If this is intended, train with "
        "TRAINER_NEW_HOLDOUT=true, or set GATEKEEPER_MAX_HOLDOUT_LOSS."
    )


def _name_versions(champion: Champion) -> str:
    """Name the versions whose holdouts count, with the verb."""
    if champion.earlier is None or champion.earlier.since == champion.version:
        return f"version {champion.version} was"
    return f"versions {champion.earlier.since} to {champion.version} were"


def _find_reason(seen: SeenRows, champion: Champion) -> str:
    """Say which model has no hashes of its rows. Times may still show which rows it has seen."""
    found = why_unknown(seen, champion) or champion.why_rows_unknown or seen.champion_error
    return found or f"The candidate has no {ROWS}."


HOLDOUT_RETAINED = Check(
    id="holdout-retained",
    title="holdout retains the champion's rows, or is declared new",
    judge=_judge,
)
