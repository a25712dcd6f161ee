"""Let a served model read new spellings of its categories as the fitted pipeline does.

For a predictor, each string that the training data lacks is an unknown category. A function of the
user, such as `str.lower`, may turn it into a known one, but the served model cannot run functions.
If only the case of letters differs, the predictor can look strings up in one case.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature, TextForm
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Rows
from shared.inference.text_form import TEXT_FORMS, index_text_forms, normalise_text
from trainer.dataset.dataset import DataSchema
from trainer.export.pipeline_outputs import Outputs, differ, run_pipeline
from trainer.fitting.pipeline_servable import PipelineServable

_MAX_CATEGORIES = 16
"""Most categories of a column that are tried in other spellings."""
_MAX_ROWS = 4
"""Rows in which each spelling is tried."""
_SEED = 42
_MAX_NAMED = 3
_RARE_LETTERS = (
    ("s", "\u017f"), ("ss", "\u00df"), ("\u00df", "ss"), ("\u00df", "\u1e9e"), ("SS", "\u1e9e"),
    ("i", "\u0131"), ("I", "\u0130"), ("i", "\u0130"), ("\u00b5", "\u03bc"), ("\u03c3", "\u03c2"),
    ("\u03c2", "\u03c3"), ("fi", "\ufb01"), ("\u01c6", "\u01c5"), ("\u03b8", "\u03d1"),
)  # fmt: skip
"""Letters that are equal in one of the forms lower, upper and casefold, and not in another."""
_HELP = "docs/functions.md#strings-that-the-training-data-lacks"


@dataclass(frozen=True)
class NewSpellings:
    """The spellings of categories that the training data lacks."""

    forms: dict[str, TextForm]
    """The form in which each of these features is looked up."""
    notes: tuple[str, ...] = ()
    """Notes for people on spellings that the served model and the pipeline read differently."""

    def add_forms(self, features: Sequence[Feature]) -> tuple[Feature, ...]:
        """Return *features*, each with the form in which the predictor looks its strings up."""
        return tuple(
            feature.model_copy(update={"text_form": self.forms[feature.name]})
            if feature.name in self.forms
            else feature
            for feature in features
        )


def read_new_spellings(pipeline: PipelineServable, schema: DataSchema, rows: Rows) -> NewSpellings:
    """Try other spellings of the categories with the fitted *pipeline*, each in some of *rows*.

    A form is chosen if the pipeline gives each spelling that has it the answer of its category.
    """
    spellings = [
        (index, text) for index, feature in enumerate(schema.features) for text in _spell(feature)
    ]
    if not spellings or not len(rows):
        return NewSpellings({})
    trial = _Trial(pipeline, schema, rows, spellings)
    try:
        spelt = trial.run_spelt()
        is_other = trial.differ(spelt, trial.run(np.full(len(spellings), UNSEEN)))
    except Exception:  # noqa: BLE001 - a function of the user may raise anything for a new string
        return _conclude(schema, spellings, np.ones(len(spellings), dtype=np.bool_), {})
    forms = trial.choose_forms(spelt, is_other) if is_other.any() else {}
    found = {form: trial.look_up(form) for form in forms.values()}
    is_read = [
        index in forms and found[forms[index]][number] != UNSEEN
        for number, (index, _) in enumerate(spellings)
    ]
    return _conclude(schema, spellings, is_other & ~np.array(is_read), forms)


class _Trial:
    """Spellings in rows whose other values are known."""

    def __init__(
        self,
        pipeline: PipelineServable,
        schema: DataSchema,
        rows: Rows,
        spellings: Sequence[tuple[int, str]],
    ) -> None:
        self._pipeline, self._schema, self._spellings = pipeline, schema, spellings
        self._columns = np.array([index for index, _ in spellings])
        self._repeats = min(_MAX_ROWS, len(rows))
        chosen = np.arange(len(spellings) * self._repeats) % len(rows)
        self._rows = rows[chosen]

    def run(self, codes: npt.NDArray[np.float64]) -> Outputs:
        """Run the pipeline with these codes in place of the spellings."""
        return run_pipeline(self._pipeline, self._with_codes(codes))

    def run_spelt(self) -> Outputs:
        """Run the pipeline on the spellings."""
        features, codes = list(self._schema.features), np.empty(len(self._spellings))
        for row, (index, text) in enumerate(self._spellings):
            categories = features[index].categories or ()
            codes[row] = len(categories)
            features[index] = features[index].model_copy(update={"categories": (*categories, text)})
        schema = replace(self._schema, features=tuple(features))
        reader = PipelineServable(self._pipeline.pipeline, schema, self._pipeline.own_indices)
        return run_pipeline(reader, self._with_codes(codes))

    def differ(self, first: Outputs, second: Outputs) -> npt.NDArray[np.bool_]:
        """Say for each spelling whether the results differ in a row."""
        each = differ(first, second).reshape(len(self._spellings), self._repeats)
        return np.asarray(each.any(axis=1))

    def look_up(self, form: TextForm) -> npt.NDArray[np.float64]:
        """Return the code of each spelling in this form, UNSEEN if no category has it."""
        indices = {
            index: index_text_forms(feature.categories, form)
            for index, feature in enumerate(self._schema.features)
            if feature.categories
        }
        change = TEXT_FORMS[form]
        codes = [indices[index].get(change(text), UNSEEN) for index, text in self._spellings]
        return np.array(codes)

    def choose_forms(self, spelt: Outputs, is_other: npt.NDArray[np.bool_]) -> dict[int, TextForm]:
        """Return the form of each feature that leaves the fewest spellings unknown."""
        chosen: dict[int, TextForm] = {}
        most: dict[int, int] = {}
        for form in TEXT_FORMS:
            codes = self.look_up(form)
            is_found = codes != UNSEEN
            is_wrong = is_found & self.differ(spelt, self.run(codes))
            for index in {*self._columns.tolist()}:
                is_own = self._columns == index
                helped = int((is_found & is_other & is_own).sum())
                if helped > most.get(index, 0) and not (is_wrong & is_own).any():
                    chosen[index], most[index] = form, helped
        return chosen

    def _with_codes(self, codes: npt.NDArray[np.float64]) -> Rows:
        rows = self._rows.copy()
        rows[np.arange(len(rows)), np.repeat(self._columns, self._repeats)] = np.repeat(
            codes, self._repeats
        )
        return rows


def _conclude(
    schema: DataSchema,
    spellings: Sequence[tuple[int, str]],
    is_other: npt.NDArray[np.bool_],
    forms: dict[int, TextForm],
) -> NewSpellings:
    """Return the forms by the names of features, and a note on the spellings that differ."""
    found = dict[str, str]()
    for (index, text), differs in zip(spellings, is_other, strict=True):
        if differs:
            found.setdefault(schema.features[index].name, text)
    named = {schema.features[index].name: form for index, form in sorted(forms.items())}
    return NewSpellings(named, (_describe(found),) if found else ())


def _describe(found: dict[str, str]) -> str:
    examples = [f"{text!r} in {name}" for name, text in [*found.items()][:_MAX_NAMED]]
    more = len(found) - _MAX_NAMED
    rest = f" and {more} more columns" if more > 0 else ""
    return (
        "its own functions run on the known strings of the training data; other spellings count "
        f"as unknown, such as {', '.join(examples)}{rest}. The fitted pipeline reads them "
        f"differently. Clean the strings before training, and in clients ({_HELP})"
    )


def _spell(feature: Feature) -> list[str]:
    """Return other spellings of some categories."""
    known = feature.categories or ()
    chosen = known[:: -(-len(known) // _MAX_CATEGORIES) or 1]
    numbers = random.Random(_SEED)  # noqa: S311 - not a secret
    texts = (normalise_text(text) for category in chosen for text in _vary(category, numbers))
    return [text for text in dict.fromkeys(texts) if text and text not in known]


def _vary(text: str, numbers: random.Random) -> Iterator[str]:
    yield from (text.lower(), text.upper(), text.title(), text.capitalize(), text.swapcase())
    for _ in range(2):
        yield "".join(numbers.choice((letter.lower(), letter.upper())) for letter in text)
    yield from (text.replace(" ", ""), text.replace("-", " "), f"{text}.", f"{text} x")
    yield from (text[::-1], "x" * len(text))
    yield from (text.replace(plain, rare) for plain, rare in _RARE_LETTERS)
