"""The categories of a feature, to which logged rows add those that the table lacks."""

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.inference.text_form import normalise_text
from trainer.tables.category_column import MAX_CATEGORIES, MAX_CATEGORY_LENGTH


class GrowingCategories:
    """Codes of known and new categories; the new ones are behind the known ones until sorted."""

    def __init__(self, feature: Feature) -> None:
        self._codes = {text: code for code, text in enumerate(feature.categories or ())}

    @property
    def names(self) -> tuple[str, ...]:
        """All categories by code."""
        return tuple(self._codes)

    def accepts(self, text: str) -> bool:
        """Return whether a string is a category, or can become one within the limits."""
        normal = normalise_text(text)
        is_short = len(normal) <= MAX_CATEGORY_LENGTH
        return normal in self._codes or (is_short and len(self._codes) < MAX_CATEGORIES)

    def add(self, text: str) -> int:
        """Return the code of a string that is accepted; it becomes a category."""
        return self._codes.setdefault(normalise_text(text), len(self._codes))

    def sort(self) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
        """Return all categories, sorted, and the sorted code of each code, with NaN at its end."""
        in_order = tuple(sorted(self._codes))
        places = {text: place for place, text in enumerate(in_order)}
        return in_order, np.array([*(places[text] for text in self._codes), np.nan])


def replace_codes(
    column: npt.NDArray[np.float64], codes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return *column* with each code replaced by its entry in *codes*; NaN stays."""
    return codes[np.where(np.isnan(column), -1, column).astype(np.intp)]
