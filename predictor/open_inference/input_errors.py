"""Mistakes in a request, as InputError, and how a client's own text is shown in them."""

from shared.errors import InputError

_SHOWN_CHARACTERS = 64


def input_error(message: str) -> InputError:
    """Make the error for a request that is not as the protocol, or the model, wants it."""
    return InputError("invalid_request", message)


def shown(text: str) -> str:
    """A client's text inside a sentence: short, and with nothing that cannot be encoded."""
    return repr(text[:_SHOWN_CHARACTERS])
