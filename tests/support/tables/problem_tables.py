"""A table with six problems, if the metric is f1 and a dropped column is misspelt."""

from random import Random

PROBLEMS = 6


def members_csv(*, is_corrected: bool = False) -> str:
    """Write members of a club; as long as it is not corrected, two rows have problems.

    One row has no plan, and one has a cell too many.
    """
    random = Random(5)  # noqa: S311 - invented data
    lines = ["member,joined,age,fee,club house,plan"]
    for number in range(300):
        age = 16 + int(60 * random.random())
        fee = "?" if number % 40 == 7 else f"{10 + age % 7 + random.random():.2f}"
        house = ("north", "south", "west")[number % 3]
        plan = ("basic", "plus", "family")[(age > 30) + (age > 50)]
        joined = f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
        lines.append(f"M{number * 7919 % 100_003},{joined},{age},{fee},{house},{plan}")
    if not is_corrected:
        lines[20] = lines[20].rsplit(",", 1)[0] + ","
        lines[30] += ",again"
    return "\n".join([*lines, ""])
