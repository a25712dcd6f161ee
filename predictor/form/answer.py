"""The answer of the model as HTML: the class or number, bars for probabilities, and the JSON."""

from collections.abc import Mapping, Sequence
from heapq import nlargest
from operator import itemgetter
from typing import Any
from xml.etree.ElementTree import Element

import msgspec

from predictor.codec.reply import PREDICT_PATH, Reply
from predictor.form.html import Content, make_element, show_name
from predictor.form.posted_values import name_field
from predictor.loop_turns import give_turn
from shared.contract.documents import Artefact, Feature

_FIRST_BARS = 10
"""The most classes that are shown at once; the others are behind a click."""
_MOST_BARS = 200
"""The most classes that have a bar."""
_FIRST_LINKS = 5
"""The most wrong fields that have a link."""
_SMALLEST_SHARE = 0.0005
"""Below this share, a rounded percentage would say 0.0 %."""


def show_answer(reply: Reply, body: bytes, artefact: Artefact) -> Element:
    """Show a reply of status 200 to *body*, a request with one row."""
    answer = msgspec.json.decode(reply.body)
    probabilities = answer.get("probabilities")
    prediction = answer.get("label", answer["prediction"])
    shown = prediction if isinstance(prediction, str) else _show_number(prediction, artefact)
    return make_element(
        "section",
        make_element("h2", "Answer", id="answer-title"),
        make_element("p", show_name(shown), class_="big"),
        *(_show_probabilities(probabilities, answer["label"]) if probabilities else ()),
        _show_threshold(artefact) if probabilities else None,
        make_element(
            "p",
            f"Answered by version {answer['model_version']}, ",
            show_name(answer["model_name"]),
            ".",
            class_="faint",
        ),
        make_element(
            "details",
            make_element("summary", "The same as JSON"),
            make_element("p", f"The body of POST {PREDICT_PATH}:"),
            make_element("pre", make_element("code", body.decode("utf-8", "replace"))),
            make_element("p", "The response:"),
            make_element("pre", make_element("code", reply.body.decode("utf-8", "replace"))),
        ),
        id="answer",
        class_="card",
        tabindex="-1",
        aria_labelledby="answer-title",
    )


def show_problem(message: str) -> Element:
    """Show why there is no answer."""
    return make_element("p", message, id="answer", class_="alert", role="alert", tabindex="-1")


def show_mistakes(mistakes: Mapping[int, str], features: Sequence[Feature]) -> Element | None:
    """Say how many fields are wrong, with links to the first ones; None without mistakes."""
    if not mistakes:
        return None
    text = "1 value is wrong: " if len(mistakes) == 1 else f"{len(mistakes)} values are wrong: "
    parts: list[Content] = []
    for index in sorted(mistakes)[:_FIRST_LINKS]:
        link = make_element("a", show_name(features[index].name), href=f"#{name_field(index)}")
        parts += [", " if parts else "", link]
    rest = "." if len(mistakes) <= _FIRST_LINKS else ", …"
    return make_element(
        "p", text, *parts, rest, id="answer", class_="alert", role="alert", tabindex="-1"
    )


def _show_number(value: Any, artefact: Artefact) -> str:
    digits = 7 if artefact.number_type == "float32" else 15
    return f"{value:.{digits}g}"


def _show_probabilities(probabilities: dict[str, float], label: str) -> list[Content]:
    items = nlargest(_MOST_BARS, probabilities.items(), key=itemgetter(1))
    rows = [_make_bar(name, share, is_label=name == label) for name, share in items]
    shown, rest = rows[:_FIRST_BARS], rows[_FIRST_BARS:]
    more = None
    if rest:
        count, hidden = len(probabilities) - len(shown), len(probabilities) - len(rows)
        more = make_element(
            "details",
            make_element("summary", "1 more class" if count == 1 else f"{count} more classes"),
            make_element("ul", *rest, class_="bars"),
            make_element("p", f"And {hidden} more, which are in the JSON.") if hidden else None,
        )
    return [make_element("ul", *shown, class_="bars", aria_label="Probabilities"), more]


def _make_bar(name: str, share: float, *, is_label: bool) -> Element:
    give_turn()
    bar = make_element(
        "svg",
        make_element("rect", width=f"{min(max(share, 0.0), 1.0) * 100:.2f}", height="10"),
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
    return make_element(
        "li",
        show_name(name),
        " ",
        bar,
        " ",
        make_element("span", _show_share(share), class_="share"),
        class_="chosen" if is_label else None,
    )


def _show_share(share: float) -> str:
    if 0 < share < _SMALLEST_SHARE:
        return "< 0.1 %"
    if 1 - _SMALLEST_SHARE < share < 1:
        return "> 99.9 %"
    return f"{share:.1%}".replace("%", " %")


def _show_threshold(artefact: Artefact) -> Element | None:
    rule = artefact.threshold
    if rule is None:
        return None
    share = f" from a probability of {rule.probability:g}."
    return make_element("p", "The answer is ", show_name(rule.label), share, class_="faint")
