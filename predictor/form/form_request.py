"""A form that a person sent: from its fields to the page with the answer."""

from collections.abc import Mapping
from typing import NamedTuple, Self

import msgspec

from predictor.codec.reply import Reply
from predictor.form.answer import show_answer, show_mistakes, show_problem
from predictor.form.page import MOST_FEATURES, write_form, write_message
from predictor.form.posted_values import (
    FEATURES_FIELD,
    find_mistakes,
    make_fingerprint,
    parse_form,
    read_texts,
    show_value,
    write_body,
)
from predictor.lifecycle.served_model import ServedModel

_OK, _CONFLICT = 200, 409
_CHANGED = (
    "A model with other features is served now. The form is new and has its example row: "
    "enter the values again."
)


class Page(NamedTuple):
    """A page and its status."""

    status: int
    body: bytes


def show_form(served: ServedModel, problem: str | None = None) -> Page:
    """Show the form with the example row, and perhaps a *problem* of the form before it."""
    count = len(served.model.artefact.features)
    status = _CONFLICT if problem else _OK
    if count > MOST_FEATURES:
        return Page(
            status,
            write_message(
                f"The model has {count} features, and a form has at most {MOST_FEATURES}. "
                "Send rows as JSON."
            ),
        )
    texts = [show_value(value) for value in served.model.example]
    answer = show_problem(problem) if problem else None
    return Page(status, write_form(served, texts, {}, answer))


class FormRequest(NamedTuple):
    """One row that a person entered, for the model that was served then."""

    served: ServedModel
    texts: list[str]
    body: bytes
    """The body of POST /predict."""

    @classmethod
    def read(cls, served: ServedModel, form: bytes) -> Self | Page:
        """Read the body of a form. Return a page if the form was made for other features.

        Raises NotAFormError.
        """
        features = served.model.artefact.features
        if len(features) > MOST_FEATURES:
            return show_form(served, _CHANGED)
        fields: Mapping[str, str] = parse_form(form, len(features))
        if fields.get(FEATURES_FIELD) != _fingerprint(served):
            return show_form(served, _CHANGED)
        texts = read_texts(fields, features)
        return cls(served, texts, write_body(texts, features))

    def show_reply(self, reply: Reply, now: ServedModel | None) -> Page:
        """Show the form with its values, and what the predictor replied to them.

        If another model than that of the form has replied, show the form of the model served
        *now*: with the values, unless it has other features.
        """
        served = self.served
        if now is not None and reply.version != served.version:
            if _fingerprint(now) != _fingerprint(served):
                return show_form(now, _CHANGED)
            served = now
        if reply.status == _OK:
            answer = show_answer(reply, self.body, served.model.artefact)
            return Page(_OK, write_form(served, self.texts, {}, answer))
        schema = served.model.reader.schema
        mistakes = find_mistakes(self.texts, schema)
        problem = show_mistakes(mistakes, schema.features) or show_problem(get_message(reply))
        return Page(reply.status, write_form(served, self.texts, mistakes, problem))


def _fingerprint(served: ServedModel) -> str:
    return make_fingerprint(served.model.artefact.features)


def get_message(reply: Reply) -> str:
    """Return the message of an error for people."""
    return str(msgspec.json.decode(reply.body)["error"]["message"])
