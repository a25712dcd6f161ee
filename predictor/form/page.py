"""The page with the form, and the page that says why there is none."""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

from predictor.form.fields import make_fields
from predictor.form.html import make_element, show_name, write_page
from predictor.form.posted_values import FEATURES_FIELD, make_fingerprint
from predictor.lifecycle.served_model import ServedModel
from shared.http.front.root_path import own_path

MOST_FEATURES = 1_000
"""The most features of a form."""
_TITLE = "Try the model"


def write_form(
    served: ServedModel,
    texts: Sequence[str],
    mistakes: Mapping[int, str],
    answer: Element | None = None,
) -> bytes:
    """Write the page with the form, its texts and mistakes, and the *answer* above it."""
    schema = served.model.reader.schema
    features = schema.show(schema.features)
    fields = make_fields(features, texts, mistakes)
    make = make_element
    return write_page(
        _TITLE,
        make("h1", _TITLE),
        make(
            "p",
            f"Version {served.version}, ",
            show_name(served.registry.model_name),
            ", is served. Change its ",
            make("a", "example row", href=own_path("/")),
            ", then predict.",
        ),
        answer,
        make(
            "form",
            make("input", type="hidden", name=FEATURES_FIELD, value=make_fingerprint(features)),
            make("div", *fields, class_="fields"),
            make("p", make("button", "Predict", type="submit"), class_="submit"),
            method="post",
            action=own_path("/#answer"),
            autocomplete="off",
        ),
    )


def write_message(message: str) -> bytes:
    """Write a page with only a message, and a link to the documentation."""
    make = make_element
    return write_page(
        _TITLE,
        make("h1", _TITLE),
        make("p", message, class_="alert", role="alert"),
        make(
            "p",
            make("a", "Show the form", href=own_path("/")),
            ", or read how to send rows as JSON in the ",
            make("a", "documentation of the API", href=own_path("/docs")),
            ".",
        ),
    )
