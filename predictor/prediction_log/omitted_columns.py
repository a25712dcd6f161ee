"""The columns that are never logged."""

import logging
from collections.abc import Sequence

from shared.column_list import parse_names
from shared.contract.documents import Feature
from shared.inference.text_form import normalise_text
from shared.inference.text_index import suggest_name
from shared.text import join_some, quote

logger = logging.getLogger(__name__)

VARIABLE = "PREDICTOR_LOG_OMIT"


class OmittedColumns:
    """The names in PREDICTOR_LOG_OMIT, in any spelling that looks the same."""

    def __init__(self, setting: str) -> None:
        """Raise SettingsError if *setting* begins like a JSON list and is not one."""
        self._names = parse_names(VARIABLE, setting)
        self._normal = frozenset(map(normalise_text, self._names))
        self._warned: set[str] = set()

    def find(self, features: Sequence[Feature]) -> frozenset[str]:
        """Return the names of those *features* that are omitted."""
        normal = self._normal
        return frozenset(one.name for one in features if normalise_text(one.name) in normal)

    def warn(self, features: Sequence[Feature]) -> None:
        """Warn once of each name that a model lacks: it may be misspelt, and models change."""
        known = [feature.name for feature in features]
        normal = {*map(normalise_text, known)}
        lacking = [name for name in self._names if normalise_text(name) not in normal]
        new = [name for name in lacking if name not in self._warned]
        self._warned.update(new)
        if new:
            logger.warning(
                "%s names columns that the model does not have: %s.%s",
                VARIABLE,
                join_some([*map(quote, new)]),
                suggest_name(new[0], known),
            )
