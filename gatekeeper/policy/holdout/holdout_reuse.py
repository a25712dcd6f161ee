"""The record of how often the holdout's rows have decided, and of what that means.

A model that was chosen on these rows again and again is partly the luckiest one there.
`champion-comparison` and `significance` allow for it.
"""

from gatekeeper.evidence.comparison_messages import ComparisonResult, RowHistory
from gatekeeper.evidence.facts import Champion, Facts
from gatekeeper.evidence.further_scores import Luck
from gatekeeper.policy.holdout.row_hashes import why_unknown
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.metric_text import name_metric, show_score
from shared.score_format import format_score


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    history, champion, comparison = facts.history, facts.champion, facts.comparison
    if history is None or champion is None or comparison is None or comparison.difference is None:
        return None
    luck = comparison.luck
    if luck is None:
        message = f"It is unknown whether these rows decided before. {_why(comparison, champion)}"
    else:
        message = _describe(luck, history, champion, facts, policy)
    return Ruling(
        passed=True,
        message=message,
        observed={
            "reused": luck.reused if luck else None,
            "rows": comparison.compared.rows if comparison.compared else None,
            "decisions": history.decisions,
            "since_promotion": history.since_promotion,
            "models": history.models,
            "luck": luck.explained if luck else None,
            "allowance": luck.allowance if luck else None,
        },
        skipped="no_limit" if luck else "not_checked",
    )


def _why(comparison: ComparisonResult, champion: Champion) -> str:
    if comparison.seen is None:
        return ""
    return why_unknown(comparison.seen, champion) or champion.why_rows_unknown


def _describe(
    luck: Luck, history: RowHistory, champion: Champion, facts: Facts, policy: GatePolicy
) -> str:
    if not luck.reused:
        return f"Version {champion.version} was not promoted on any of these rows."
    if not history.decisions:
        return "These rows compare two models for the first time."
    rows = facts.comparison.compared.rows if facts.comparison and facts.comparison.compared else 0
    begin = "These rows" if luck.reused == rows else f"{luck.reused} of these {rows} rows"
    text = (
        f"{begin} decided {_count(history.decisions, 'time')} before, "
        f"{_count(history.since_promotion, 'time')} since version {champion.version} was promoted. "
        f"They compared {history.models} models, and the luckiest of many looks better than it is."
    )
    score = facts.scores[1]
    if luck.explained and score is not None:
        left, whole = (show_score(policy.metric, each) for each in (score - luck.explained, score))
        text += (
            f" Version {champion.version} has {name_metric(policy.metric)} {whole} on these rows; "
            f"without luck it may be about {left}."
        )
    if luck.allowance:
        amount = format_score(luck.allowance)
        text += (
            " The candidate is better on the trainer's validation rows, "
            f"so a score that is worse by up to {amount} is accepted."
        )
    return f"{text} New rows judge without this luck, and so does TRAINER_NEW_HOLDOUT=true."


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


HOLDOUT_REUSE = Check(
    id="holdout-reuse", title="how often these rows have decided before", judge=_judge
)
