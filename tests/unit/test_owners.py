"""Every library from outside has one owner among our modules, so that replacing it touches one place."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Where a library serves more than one module, all of these lie together; pydantic checks whatever people write.
TOGETHER = {
    "PIL": "daemon.edge",
    "alembic": "storage",
    "imap_tools": "daemon.edge.imap",
    "pdfminer": "daemon.edge.pdf",
    "pdfplumber": "daemon.edge.pdf",
    "phonenumbers": "daemon.read",
    "pydantic": "daemon",
    "rapidfuzz": "daemon",
    "rich": "daemon",
    "sqlalchemy": "storage",
    "stdnum": "daemon.read",
    "typer": "daemon.cli",
}


def imported(path: Path) -> Iterator[str]:
    """The top-level names that a module imports from outside itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def importers() -> dict[str, set[str]]:
    """Our modules by the library that they import."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (*(ROOT / "daemon").rglob("*.py"), *(ROOT / "storage").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for library in imported(path):
            if library not in sys.stdlib_module_names and library not in ("daemon", "storage"):
                found[library].add(module)
    return found


def test_every_library_has_one_owner() -> None:
    shared = {library: modules for library, modules in importers().items() if len(modules) > 1}
    strangers = {
        library: sorted(module for module in modules if not module.startswith(TOGETHER.get(library, "nobody")))
        for library, modules in shared.items()
    }
    assert {library: modules for library, modules in strangers.items() if modules} == {}
