"""Elements of HTML. Texts and attributes are escaped when the page is written.

The predictor has no template engine: two pages do not need one.
"""

from xml.etree.ElementTree import Element, tostring

from shared.http.front.root_path import own_path
from shared.version import VERSION

Content = Element | str | None
"""A part of an element. None is not shown."""


def make_element(tag: str, *content: Content, **attributes: str | bool | None) -> Element:
    """Make an element. Without content, the page shows it empty.

    Args:
        tag: The name, such as `p`.
        content: Texts and elements in their order.
        attributes: By name, with `_` for `-` and at the end of a Python keyword. True is an
            attribute that needs no value; one with None or False is omitted.
    """
    element = Element(tag)
    for name, value in attributes.items():
        if value is not None and value is not False:
            text = "" if value is True else value
            element.set(name.rstrip("_").replace("_", "-"), text)
    for part in content:
        if isinstance(part, str):
            _append_text(element, part)
        elif part is not None:
            element.append(part)
    return element


def show_name(text: str) -> Element:
    """Return the element of a name of the model, which cannot turn the text around it."""
    return make_element("span", text, class_="name")


def write_page(title: str, *content: Content) -> bytes:
    """Write a whole page in UTF-8."""
    make = make_element
    head = make(
        "head",
        make("meta", charset="utf-8"),
        make("meta", name="viewport", content="width=device-width, initial-scale=1"),
        make("title", f"{title} · Modelgate"),
        make("link", rel="icon", href=own_path("/page/static/icon.svg"), type="image/svg+xml"),
        make("link", rel="stylesheet", href=own_path("/page/static/style.css")),
        make("link", rel="stylesheet", href=own_path("/page/static/form.css")),
    )
    body = make(
        "body",
        make("a", "Skip to the content", class_="skip", href="#main"),
        make(
            "nav",
            make("a", "Modelgate", class_="brand", href=own_path("/")),
            make("a", "API", href=own_path("/docs")),
            aria_label="Pages",
        ),
        make("main", *content, id="main", tabindex="-1"),
        make("footer", f"Modelgate {VERSION}", class_="faint"),
    )
    text = tostring(make("html", head, body, lang="en"), encoding="unicode", method="html")
    return f"<!doctype html>\n{text}\n".encode("utf-8", "replace")


def _append_text(element: Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
