"""The field of each feature: its label, its input, its range and its mistake."""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from predictor.form.html import make_element, show_name
from predictor.form.posted_values import name_field
from predictor.loop_turns import give_turn
from shared.contract.documents import Feature
from shared.text import join_some, shorten

_MOST_CHOICES = 50
"""The most categories of a list from which one is chosen; more are suggestions for a text."""
_MOST_SUGGESTIONS = 5_000
"""The most categories that all features of a page suggest."""
_SHOWN_CATEGORIES = 3


def make_fields(
    features: Sequence[Feature], texts: Sequence[str], mistakes: Mapping[int, str]
) -> list[Element]:
    """Make the field of each feature with its text, and its mistake by its place."""
    fields, suggestions = [], _MOST_SUGGESTIONS
    for index, (feature, text) in enumerate(zip(features, texts, strict=True)):
        give_turn()
        known = feature.categories or ()
        suggested = known if _MOST_CHOICES < len(known) <= suggestions else ()
        suggestions -= len(suggested)
        fields.append(_make_field(index, feature, text, mistakes.get(index), suggested))
    return fields


def _make_field(
    index: int, feature: Feature, text: str, mistake: str | None, suggested: Sequence[str]
) -> Element:
    name, note, has_lines = name_field(index), _describe(feature), _has_lines(feature, text)
    suggested = () if has_lines else suggested
    notes = [f"{name}-note" if note else "", f"{name}-mistake" if mistake else ""]
    attributes = {
        "id": name,
        "name": name,
        "aria_describedby": " ".join(filter(None, notes)) or None,
        "aria_invalid": "true" if mistake else None,
    }
    choices = _list_choices(feature)
    if choices is not None:
        field = _make_select(choices, text, attributes)
    elif has_lines:
        # The first line end of its content is not a part of the text.
        field = make_element("textarea", f"\n{text}", rows="3", spellcheck="false", **attributes)
    else:
        starts_at_0 = feature.minimum is not None and feature.minimum >= 0
        is_positive = feature.type == "number" and starts_at_0
        field = make_element(
            "input",
            value=text,
            # Some keyboards for decimals have no minus.
            inputmode="decimal" if is_positive else None,
            list=f"{name}-list" if suggested else None,
            spellcheck="false",
            **attributes,
        )
    options = [make_element("option", value=each) for each in suggested]
    return make_element(
        "div",
        make_element("label", show_name(feature.name), for_=name),
        field,
        make_element("datalist", *options, id=f"{name}-list") if suggested else None,
        make_element("p", note, id=f"{name}-note", class_="faint name") if note else None,
        make_element("p", mistake, id=f"{name}-mistake", class_="bad") if mistake else None,
    )


def _list_choices(feature: Feature) -> list[tuple[str, str]] | None:
    """Return the values and titles of a list from which one is chosen; None for a text."""
    missing = [("", "(missing)")] if feature.nullable else []
    if feature.type == "boolean":
        return [("true", "true"), ("false", "false"), *missing]
    if feature.categories and len(feature.categories) <= _MOST_CHOICES:
        return [*((each, each) for each in feature.categories), *missing]
    return None


def _has_lines(feature: Feature, text: str) -> bool:
    """Report whether a text or category has a line end, which no input of one line keeps."""
    texts = "".join((text, *(feature.categories or ())))
    return feature.type == "category" and ("\n" in texts or "\r" in texts)


def _make_select(
    choices: list[tuple[str, str]], text: str, attributes: Mapping[str, str | None]
) -> Element:
    if text not in dict(choices):
        choices = [(text, text or "(choose)"), *choices]
    options = [
        make_element("option", title, value=value, selected=value == text)
        for value, title in choices
    ]
    return make_element("select", *options, **attributes)


def _describe(feature: Feature) -> str | None:
    """Describe the values in training, for what the field itself does not show."""
    parts = []
    known = feature.categories or ()
    if feature.minimum is not None and feature.maximum is not None:
        parts.append(f"{feature.minimum:g} to {feature.maximum:g} in training")
    if len(known) > _MOST_CHOICES:
        parts.append(f"in training {join_some([*map(shorten, known)], _SHOWN_CATEGORIES)}")
    if feature.nullable and _list_choices(feature) is None:
        parts.append("may be empty")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] or None
