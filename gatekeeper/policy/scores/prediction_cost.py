"""The check that the mean cost of a prediction can be computed. It is always recorded."""

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.check import Check, Ruling
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.errors import SettingsError
from shared.metric_text import show_difference, show_score
from shared.scoring.costs import make_table
from shared.scoring.scorer_names import NEG_COST


def _judge(facts: Facts, policy: GatePolicy) -> Ruling | None:
    artefact, comparison = facts.submission.artefact, facts.comparison
    if policy.costs is None or policy.metric == NEG_COST or artefact is None:
        return None
    try:
        make_table(policy.costs, artefact.classes)
    except SettingsError as error:
        return Ruling(passed=False, message=str(error), required=policy.costs)
    guards = comparison.guards if comparison else ()
    found = next((each for each in guards if each.metric == NEG_COST), None)
    if found is None or found.challenger is None:
        return None
    message = f"The mean cost of a row is {show_score(NEG_COST, found.challenger)}"
    if found.champion is not None:
        difference = show_difference(NEG_COST, found.challenger - found.champion)
        message += f" and production's is {show_score(NEG_COST, found.champion)}"
        message += f" on the same {found.rows} rows. The difference is {difference}."
    else:
        message += f" on {found.rows} rows."
    observed = {
        "challenger": found.challenger,
        "champion": found.champion,
        "difference": found.difference,
    }
    return Ruling(True, message, observed=observed, required=policy.costs, skipped="no_limit")


PREDICTION_COST = Check(
    id="prediction-cost", title="cost of the predictions is known", judge=_judge
)
