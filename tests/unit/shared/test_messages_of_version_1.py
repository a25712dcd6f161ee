"""Release 0.1.0 wrote the gate's messages with the signs of scikit-learn; people see errors."""

from typing import Any

import pytest

from shared.check_text import turn_errors
from shared.contract.check_result import CheckResult

MAE = "neg_mean_absolute_error"


def shown(check_id: str, message: str, observed: Any = None) -> CheckResult:
    check = CheckResult(
        name=check_id, passed=True, observed=observed, required=None, message=message
    )
    return turn_errors(check, MAE, check_id)


@pytest.mark.parametrize(
    ("check_id", "message", "expected"),
    [
        (
            "champion-comparison",
            (
                f"{MAE} -1860.4575 is not below the -1925.1596 required by version 2, scored on "
                "the same 46 rows, which neither has seen."
            ),
            (
                "MAE 1860.4575 is not above the 1925.1596 required by version 2, scored on "
                "the same 46 rows, which neither has seen."
            ),
        ),
        (
            "champion-comparison",
            f"{MAE} -48.7500 is below the -47.7000 (-47.9500 +0.25) required by version 2.",
            "MAE 48.7500 is above the 47.7000 (47.9500 -0.25) required by version 2.",
        ),
        (
            "score-floor",
            f"{MAE} -48.7500 is below the floor of -40.0000. See GATEKEEPER_FLOOR.",
            "MAE 48.7500 is above the floor of 40.0000. See GATEKEEPER_FLOOR.",
        ),
        (
            "score-reproduced",
            f"The manifest claims {MAE} -47.7500; the gatekeeper computed -48.7500.",
            "The manifest claims MAE 47.7500; the gatekeeper computed 48.7500.",
        ),
        (
            "significance",
            (
                f"On the same rows, {MAE} differs from production's by -0.8. In a fraction of 0.95 "
                "of 10000 resamples, the difference is between -2.25 and +0.5. In a fraction of "
                "0.129, it is at least +0; 0.95 is required."
            ),
            (
                "On the same rows, MAE differs from production's by 0.8. In a fraction of 0.95 of "
                "10000 resamples, the difference is between -0.5 and 2.25. In a fraction of 0.129, "
                "it is at most 0; 0.95 is required."
            ),
        ),
        (
            "slice-drop",
            (
                "The drop below production is more than 0.5 where 'width' is '-1 to 2', with "
                "-48.5000 to -47.0000 on 20 rows."
            ),
            (
                "The error is above production's by more than 0.5 where 'width' is '-1 to 2', with "
                "48.5000 to 47.0000 on 20 rows."
            ),
        ),
    ],
)
def test_an_old_message_is_turned(check_id: str, message: str, expected: str) -> None:
    assert shown(check_id, message).message == expected


def test_a_new_message_stays_and_its_numbers_are_turned() -> None:
    message = "MAE 46.00 is worse than the 47.70 (47.95 -0.25) required by version 1."
    found = shown("champion-comparison", message, observed=-46.0)
    assert (found.message, found.observed) == (message, 46.0)
