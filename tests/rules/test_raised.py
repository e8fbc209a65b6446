"""Every rule of the tables is raised by a test, and its code stands on the terminal."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from anatofit.cli.main import run
from anatofit.rules import KEY_RULE, RULES
from tests.rules import (  # noqa: F401 - each enters its rows
    provoke_bones,
    provoke_exchange,
    provoke_orders,
    provoke_research,
    provoke_surfaces,
)
from tests.rules.provoke import ELSEWHERE, ROWS, Desk

# A reason beside another one ends as that one does.
BESIDE = {"refusal": 3}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_rule_is_raised_and_its_code_stands_on_the_terminal(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ROWS[name](Desk(tmp_path, monkeypatch))
    capsys.readouterr()
    ended = run(arguments)
    said = "".join(capsys.readouterr())
    assert f"{RULES[name].code} {'' if name == KEY_RULE else name}" in said, said
    assert ended == BESIDE.get(name, RULES[name].exit_code)


def test_every_rule_has_a_row_or_a_test_elsewhere() -> None:
    assert sorted(set(RULES) - set(ROWS) - set(ELSEWHERE)) == [], "rules without a row in tests/rules/provoke*.py"
    assert sorted((set(ROWS) | set(ELSEWHERE)) - set(RULES)) == [], "rows of rules that do not exist"
    assert sorted(set(ROWS) & set(ELSEWHERE)) == []


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_the_test_elsewhere_exists_and_names_the_rule(name: str, repository: Path) -> None:
    file, _, function = ELSEWHERE[name].partition("::")
    tree = ast.parse((repository / file).read_text(encoding="utf-8"))
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function.partition("[")[0]]
    assert found, f"{function} is not in {file}"
    # by name in the test itself, or in the table of its file that the test walks
    tables = [n for n in tree.body if isinstance(n, (ast.Assign, ast.AnnAssign))]
    texts = [
        n.value
        for part in (found[0], *tables)
        for n in ast.walk(part)
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]
    assert any(name in text.replace("\\", "") for text in texts), f"{function} does not name {name}"
