"""Reads the source tree as text and as syntax; nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "anatofit"
# written by the project's authors and read by people or programs; generated pins and vendored scripts are looked at apart
TEXT_SUFFIXES = {"", ".py", ".toml", ".md", ".txt", ".html", ".css", ".js", ".yaml", ".yml", ".json", ".in"}
LEFT_OUT = {".git", ".venv", "out", "build", "dist", "__pycache__", "vendor", ".hypothesis"}


def python_files(folder: Path) -> Iterator[Path]:
    """Every module below `folder`, in a fixed order."""
    return iter(sorted(p for p in folder.rglob("*.py") if "__pycache__" not in p.parts))


def text_files() -> Iterator[Path]:
    """Every text file of the repository that its authors wrote or generated."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in (".ci", ".gitignore") for part in inside)
        if path.is_file() and not hidden and not LEFT_OUT & set(inside) and path.suffix in TEXT_SUFFIXES:
            yield path


def imports(path: Path) -> set[str]:
    """Full names of everything that a module imports, at the top or inside a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return names


def roots(path: Path) -> set[str]:
    """First parts of the imported names: the libraries."""
    return {name.split(".")[0] for name in imports(path)}


def relative(path: Path) -> str:
    """The path as it stands in the repository."""
    return path.relative_to(ROOT).as_posix()
