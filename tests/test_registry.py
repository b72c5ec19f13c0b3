"""A sink, a format, a language or a store is one file in one folder."""

from pathlib import Path
from types import ModuleType

import pytest

from monitor import languages, parse, registry, sinks, stores
from monitor.errors import UsageError


@pytest.mark.parametrize("package", [languages, parse, sinks, stores])
def test_dropping_a_file_in_is_enough(
    package: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No list to edit: the module's name is its registration."""
    (tmp_path / "newcomer.py").write_text("HELLO = 1\n")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])

    assert "newcomer" in registry.names(package)
    assert 1 == registry.load(package, "newcomer").HELLO


def test_private_modules_have_no_name(tmp_path: Path) -> None:
    """A leading underscore keeps a module to its package."""
    package = ModuleType("p")
    package.__path__ = [str(tmp_path)]
    (tmp_path / "_inner.py").write_text("")
    (tmp_path / "outer.py").write_text("")

    assert ("outer",) == registry.names(package)


def test_unknown_name_lists_what_there_is() -> None:
    """The message says what would be right."""
    with pytest.raises(UsageError, match=r"sinks: no 'pigeon'; there are .*webhook"):
        registry.load(sinks, "pigeon")
