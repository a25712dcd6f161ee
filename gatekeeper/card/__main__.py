"""`python -m gatekeeper.card VERSION [FILE]`: write the model card of a version."""

import argparse
import sys
from pathlib import Path

from gatekeeper.card.card import make_card
from gatekeeper.card.facts import find_facts
from gatekeeper.card.html import to_html
from gatekeeper.card.markdown import to_markdown
from gatekeeper.standard_output import write_to_standard_output
from shared.errors import ClientError, ModelgateError, SettingsError
from shared.settings import CommonSettings, load_settings
from shared.store.durable_write import replace_file
from shared.store.store import open_existing_store
from shared.text import to_printable

_FORMATS = {"md": to_markdown, "html": to_html}
_ENDINGS = {".md": "md", ".html": "html", ".htm": "html"}
_STANDARD_OUTPUT = "-"


def main(arguments: list[str] | None = None) -> int:
    """Write the card; return 2 for wrong settings, 1 for any other failure."""
    parsed = _parser().parse_args(arguments)
    try:
        table_format = parsed.format or _find_format(parsed.file)
        store = open_existing_store(load_settings(CommonSettings).store_dir)
        text = _FORMATS[table_format](make_card(find_facts(store, parsed.version)))
        _write(text, parsed.file)
    except ModelgateError as error:
        print(f"error: {to_printable(error)}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    return 0


def _write(text: str, file: str) -> None:
    if file == _STANDARD_OUTPUT:
        write_to_standard_output(text, "The card")
        return
    path = Path(file).expanduser()
    if not path.parent.is_dir():
        raise ClientError(f"The folder of {file} does not exist. Make it, or name another file.")
    replace_file(path, text.encode("utf-8", "replace"))
    print(f"The card is {file}.", file=sys.stderr)


def _find_format(file: str) -> str:
    if file == _STANDARD_OUTPUT:
        return "md"
    if found := _ENDINGS.get(Path(file).suffix.lower()):
        return found
    raise ClientError(
        f"The name {file} does not say the format of the card. End it with .md or .html, or add "
        "--format."
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gatekeeper.card",
        description="Write the model card of a version of the store at STORE_DIR.",
    )
    parser.add_argument("version", type=int, metavar="VERSION", help="the version")
    parser.add_argument(
        "file",
        nargs="?",
        default=_STANDARD_OUTPUT,
        metavar="FILE",
        help="the file, .md or .html; it is replaced (default: standard output)",
    )
    parser.add_argument("--format", choices=_FORMATS, help="the format (default: by the name)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
