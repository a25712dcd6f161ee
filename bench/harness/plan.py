"""The plans of a run: full, quick, and smoke (for tests)."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Plan:
    """The size of each measurement. A larger size gives steadier figures."""

    name: str
    rounds: int
    """Rounds A B C A B C …; each ratio is taken within one round."""
    seconds: float
    """Seconds of load on one server in one round."""
    swaps: int
    """Promotions under load."""
    calm_swaps: int
    """Number of these that are followed by a second without a swap, for comparison."""
    swap_requests: int
    """Minimum number of requests during all swaps."""
    promotions: int
    """Promotions without load, each timed until every worker serves it."""
    starts: int
    large_request_trials: int
    training_rows: int
    trainings: int
    retrains: int
    growth_rounds: int
    growth_points: int
    """Number of points in each series; 0: no series."""
    hostile_step: int = 1
    """Step through the list of hostile bodies; 2: every second one is measured."""
    fleets: tuple[tuple[int, int], ...] = ((10, 100), (100, 1_000), (1_000, 10_000))
    """Workers and decisions of each store of the section `fleet`."""
    fleet_decisions: int = 5
    page_decisions: int = 10_000
    """Decisions of the store of the section `pages`."""
    page_days: int = 30
    """Days of live hours of this store."""
    page_requests: int = 40
    """Requests for each page."""
    fleet_seconds: float = 10.0


FULL = Plan(
    name="full",
    rounds=9,
    seconds=1.0,
    swaps=100,
    calm_swaps=20,
    swap_requests=100_000,
    promotions=100,
    starts=7,
    large_request_trials=20,
    training_rows=45_000,
    trainings=2,
    retrains=3,
    growth_rounds=2,
    growth_points=6,
)
QUICK = Plan(
    name="quick",
    rounds=1,
    seconds=0.5,
    swaps=10,
    calm_swaps=2,
    swap_requests=5_000,
    promotions=10,
    starts=1,
    large_request_trials=4,
    training_rows=2_000,
    trainings=1,
    retrains=1,
    growth_rounds=1,
    growth_points=0,
    page_decisions=1_000,
    page_requests=5,
    fleet_decisions=1,
    fleet_seconds=3.0,
)
SMOKE = replace(
    QUICK, name="smoke", seconds=0.1, swaps=2, calm_swaps=1, swap_requests=100, promotions=2,
    large_request_trials=1, training_rows=600, growth_points=1, hostile_step=12,
    fleets=((2, 10), (16, 20)), fleet_seconds=1.5, page_decisions=20, page_days=1,
    page_requests=2,
)  # fmt: skip
PLANS = {plan.name: plan for plan in (FULL, QUICK, SMOKE)}
