"""`python -m tests.contract.plain_english [PATH…]`: print sentences that readers must read twice.

The rules are CONTRIBUTING.md's. Markdown, docstrings, comments, messages and help texts are read.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.project import FILES, FOLDERS, ROOT, is_own

LONGEST_SENTENCE = 25
"""Words in a sentence; a code span counts as one."""

WORDS = {
    r"alone": "only",
    r"anew": "again",
    r"stands?": "is",
    r"told": "reported, known",
    r"else": "otherwise, differs",
    r"so many": "this many, or the number",
    r"holes?": "missing values",
    r"whoever|whatever": "a noun",
    r"(?<!there )(?:is|are) (?:no|none)": "is not a",
    r"(?:of|beside|over) which": "a sentence of its own",
}
"""Words that this project does not use, and what it writes in their place."""
_WORDS = {re.compile(rf"\b(?:{word})\b", re.IGNORECASE): better for word, better in WORDS.items()}
_ANY_WORD = re.compile(rf"\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
_CLAUSE = re.compile(r"(?:Of )?(?:What|Whoever|Whatever|Where|Wherever|Who|Which)\b(?!.*\?$)")
_NOT_A_VERB = re.compile(
    r"(?:The|A|An|What|Whether|Which|Who|Whose|Where|When|How|That|This|These|It|Its|One|All|Each|"
    r"Every|Any|Some|No|None|Nothing|Of|For|As|In|On|By|With|From|To|Only|Also|Not|Is|Are)\b"
)
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n\s*\n|\s*\|\s*")
"""The end of a sentence, of a paragraph or of a table's cell."""


@dataclass(frozen=True)
class Text:
    """A piece of prose, where it begins, and whether its sentences may be of any length."""

    path: Path
    line: int
    prose: str
    is_message: bool = False
    is_function: bool = False


def complaints(text: Text) -> Iterator[str]:
    """Say of each rule that the text breaks which one, and show the sentence."""
    prose = re.sub(r"``?[^`\n]+``?", "`code`", text.prose)
    prose = re.sub(r"\]\([^)]*\)", "]", prose)
    if text.is_function and _NOT_A_VERB.match(prose):
        yield f"begins without a verb: {prose.splitlines()[0]}"
    for sentence in _SENTENCE.split(prose):
        short = " ".join(sentence.split())
        for pattern, better in _WORDS.items() if _ANY_WORD.search(short) else ():
            if found := pattern.search(short):
                yield f"'{found[0]}' ({better}): {short}"
        if _CLAUSE.match(short) and not text.is_message:
            yield f"begins with a clause: {short}"
        count = len(re.findall(r"[\w`'/.-]*\w[\w`'/.-]*", short))
        if count > LONGEST_SENTENCE and not text.is_message:
            yield f"{count} words: {short}"


def texts(path: Path) -> Iterator[Text]:
    """Read the prose of a file, by its kind."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _python_texts(path, source)
    elif path.suffix == ".md":
        yield from _markdown_texts(path, source)
    else:
        for number, line in enumerate(source.splitlines(), 1):
            if found := re.search(r"(?:^|\s)##? (.*)", line):
                yield Text(path, number, found[1])


def _markdown_texts(path: Path, source: str) -> Iterator[Text]:
    # Blanked, not removed, so that the numbers of lines stay right.
    source = re.sub(
        r"^( *)```.*?^\1```",
        lambda m: "\n" * m[0].count("\n"),
        source,
        flags=re.MULTILINE | re.DOTALL,
    )
    number = 1
    for block in re.split(r"(\n)(?=\s*(?:[-*#|>]|\d+\.|\n))", source):
        if block.strip():
            for cell in block.split("|") if block.lstrip().startswith("|") else [block]:
                stripped = re.sub(r"^\s*(?:[-*#>]+|\d+\.)\s*", "", cell).replace("**", "").strip()
                yield Text(path, number + len(block) - len(block.lstrip("\n")), stripped)
        number += block.count("\n")


def _python_texts(path: Path, source: str) -> Iterator[Text]:
    tree = ast.parse(source)
    docstrings = set[int]()
    for node in _blocks(tree):
        for index, statement in enumerate(getattr(node, "body", [])):
            match statement:
                case ast.Expr(value=ast.Constant(value=str(prose)) as constant):
                    docstrings.add(id(constant))
                    function = _is_function(node)
                    described = index == 0 and function and not _is_property(node)
                    yield Text(path, constant.lineno, prose, is_function=described)
    if "tests" not in path.relative_to(ROOT).parts:
        yield from _messages(path, tree, docstrings)
    yield from _comments(path, source)


def _blocks(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the module and all statements inside of it. Expressions contain no statements."""
    found = [tree]
    while found:
        node = found.pop()
        yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            found += getattr(node, name, [])


def _messages(path: Path, tree: ast.AST, docstrings: set[int]) -> Iterator[Text]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(prose)) if id(node) not in docstrings:
                if len(re.findall(r"\b[A-Za-z]+\b \b", prose)) > 1:
                    yield Text(path, node.lineno, prose, is_message=True)


def _comments(path: Path, source: str) -> Iterator[Text]:
    comment, first = "", 0
    if "#" not in source:
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            first = first or token.start[0]
            comment += " " + token.string.lstrip("# ")
        elif token.type != tokenize.NL and comment:
            yield Text(path, first, comment.strip())
            comment, first = "", 0


def _is_function(node: ast.AST) -> bool:
    # A test's docstring adds to its name, as in ruff's D401.
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return isinstance(node, functions) and not node.name.startswith("test_")


def _is_property(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any("property" in ast.unparse(decorator) for decorator in decorators)


def prose_files(roots: list[Path]) -> list[Path]:
    """List the project's files with prose below some directories, or the files themselves."""
    own = [ROOT / name for name in FOLDERS | FILES]  # the environment and caches are large
    tops = [top for root in roots for top in (own if root == ROOT else [root])]
    found = [path for top in tops for path in (top.rglob("*") if top.is_dir() else [top])]
    return sorted(path for path in found if path.is_file() and _has_prose(path.relative_to(ROOT)))


def _has_prose(path: Path) -> bool:
    if not is_own(path):
        return False
    folders = set(path.parts[:-1])
    hidden = {name for name in folders if name.startswith(".")} - {".ci", ".github"}
    if hidden or folders & {"__pycache__", "node_modules", "build"}:
        return False
    is_known = path.suffix in {".py", ".md", ".sh", ".yml"}
    return is_known or ".ci" in folders or path.name in {".env.example", "Makefile"}


def main(arguments: list[str]) -> int:
    """Print the complaints about the files below the arguments, or about the whole tree."""
    roots = [Path(argument).absolute() for argument in arguments]
    count = 0
    for path in prose_files(roots or [ROOT]):
        for text in texts(path):
            for complaint in complaints(text):
                count += 1
                print(f"{path.relative_to(ROOT)}:{text.line}: {complaint}")
    print(f"{count} complaints")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
