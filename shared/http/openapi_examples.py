"""Summaries and examples of routes in the OpenAPI document, which /docs shows."""

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import FastAPI

_BINARY = "application/octet-stream"


class RouteExample(NamedTuple):
    """A summary of a route, a request to it and the response."""

    summary: str
    response: Any
    request: Any = None
    """The body of the request; None for a route without one."""
    parameters: Mapping[str, Any] = {}


def show_examples(app: FastAPI, examples: Mapping[str, RouteExample]) -> None:
    """Let the document of *app* show *examples*, by method and path such as `GET /livez`."""
    describe = app.openapi

    def document() -> dict[str, Any]:
        content = copy.deepcopy(describe())
        for route, example in examples.items():
            method, path = route.split()
            _complete(content["paths"][path][method.lower()], example)
        return content

    app.openapi = document  # type: ignore[method-assign]  # the way that FastAPI documents


def _complete(operation: dict[str, Any], example: RouteExample) -> None:
    operation["summary"] = example.summary
    _set_example(operation["responses"]["200"]["content"], example.response)
    if example.request is not None:
        _set_example(operation["requestBody"]["content"], example.request)
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in example.parameters:
            parameter["example"] = example.parameters[parameter["name"]]


def _set_example(content: dict[str, Any], example: Any) -> None:
    for media_type, description in content.items():
        if media_type != _BINARY:
            description["example"] = example
