"""Find the column of probabilities that each class index has in a fitted classifier."""

from typing import Any


def find_class_columns(classifier: Any) -> list[int] | None:
    """Return the column of each class index; None if they have the same order.

    Only labels that were renamed to indices after the fit have another order.
    """
    labels = [*getattr(classifier, "classes_", ())]
    indices = [*range(len(labels))]
    if labels == indices or sorted(labels) != indices:
        return None
    return [labels.index(index) for index in indices]
