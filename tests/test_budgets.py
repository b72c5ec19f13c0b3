"""How big a thing may grow before it must be divided; every library in one module's hands."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "monitor"
MODULES = sorted(ROOT.rglob("*.py"))
MODULE_LINES, FUNCTION_LINES, NESTING = 350, 40, 3
# Library → the one place that may import it; a folder means any module of it.
OWNERS = {
    "ahocorasick_rs": "match/terms.py",
    "apprise": "sinks/apprise.py",
    "apscheduler": "schedule.py",
    "feedparser": "parse/rss_atom.py",
    "h11": "egress/exchange.py",
    "httpx": "egress/wire.py",
    "jinja2": "console/pages.py",
    "procrastinate": "queueing.py",
    "prometheus_client": "metrics.py",
    "protego": "fetch/robots.py",
    "psycopg": "stores/_pg_connection.py",
    "publicsuffixlist": "fetch/domains.py",
    "rich": "terminal.py",
    "sqlite3": "stores/_connection.py",
    "sqlite_utils": "stores/_connection.py",
    "starlette": "console",
    "structlog": "log.py",
    "trafilatura": "parse/article.py",
    "uvicorn": "console/server.py",
}
_NESTED = (ast.If, ast.For, ast.While, ast.Match)


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _size(function: ast.FunctionDef) -> int:
    """Lines from its first to its last, docstring and all."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _depth(node: ast.AST, depth: int = 0) -> int:
    """How deep branches and loops stand in each other; elif is no deeper than its if."""
    deepest = depth
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.FunctionDef | ast.Lambda) or not isinstance(child, ast.AST):
                continue
            chained = isinstance(node, ast.If) and name == "orelse" and isinstance(child, ast.If)
            inner = depth + (isinstance(child, _NESTED) and not chained)
            deepest = max(deepest, _depth(child, inner))
    return deepest


@pytest.mark.parametrize("file", MODULES, ids=lambda f: str(f.relative_to(ROOT)))
def test_a_module_is_read_in_one_sitting(file: Path) -> None:
    """At most 350 lines a module, 40 a function, three levels of branches and loops."""
    lines = len(file.read_text("utf-8").splitlines())
    sizes = {f.name: _size(f) for f in _functions(_tree(file))}
    long = [f"{name}: {size} lines" for name, size in sizes.items() if size > FUNCTION_LINES]
    deep = [f.name for f in _functions(_tree(file)) if _depth(f) > NESTING]

    assert lines <= MODULE_LINES
    assert [] == long
    assert [] == deep


def _imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_each_library_has_one_owner() -> None:
    """The day one is replaced, one file changes."""
    strays = [
        f"{file.relative_to(ROOT)} imports {library}"
        for file in MODULES
        for library in _imported(_tree(file)) & set(OWNERS)
        if not str(file.relative_to(ROOT)).startswith(OWNERS[library])
    ]
    assert [] == strays
