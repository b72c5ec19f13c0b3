"""
What a user searches for, parsed: words, phrases, fields, AND OR NOT, NEAR/5, or an RE2 pattern.

    title:"arms embargo" AND (iran* NEAR/5 drone*) AND NOT sport

Words stand as in a lexicon (`=US`, `drone*`). AND binds closer than OR; two expressions side by
side mean AND. Regular expressions are RE2, which never takes longer than the text is long.

Source: https://github.com/google/re2/wiki/Syntax
"""

import re
from dataclasses import dataclass
from typing import Final

import re2

FIELDS: Final = ("title", "summary", "text")
_LONGEST = 2_000
_DEEPEST = 20
_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<near>NEAR/\d+)(?=\s)"
    r'|(?:(?P<field>[a-z]+):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s()":]+)))'
)


class QueryError(ValueError):
    """The query cannot be read; says where and why."""


@dataclass(frozen=True, slots=True)
class Words:
    """A word or phrase as a lexicon writes it, in one field or ("") in any."""

    term: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """Both, with at most so many words between them."""

    left: Words
    right: Words
    words: int


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Query"


@dataclass(frozen=True, slots=True)
class Pattern:
    """An RE2 pattern, looked for in the original text of each field."""

    regex: "re2._Regexp"
    field: str = ""


Query = Words | Near | All | Any | Not | Pattern


def pattern(text: str) -> Pattern:
    """
    A regular expression, letter case ignored.

    Raises:
        QueryError: RE2 does not take it.
    """
    if len(text) > _LONGEST:
        raise QueryError(f"is longer than {_LONGEST} characters")
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return Pattern(re2.compile(text, options))
    except re2.error as e:
        said = e.args[0].decode() if isinstance(e.args[0], bytes) else str(e)
        raise QueryError(f"is no RE2 pattern: {said}") from e


@dataclass(slots=True)
class _Reader:
    """The tokens still to be read."""

    tokens: list[re.Match[str]]
    at: int = 0
    depth: int = 0

    def ahead(self, word: str = "") -> bool:
        """Whether something, or this very bare word, comes next."""
        if self.at >= len(self.tokens):
            return False
        token = self.tokens[self.at]
        return not word or (token["word"] == word and not token["field"])

    def take(self) -> re.Match[str]:
        if self.at >= len(self.tokens):
            raise QueryError("ends where a word should follow")
        self.at += 1
        return self.tokens[self.at - 1]

    def any(self) -> Query:
        parts = [self.all()]
        while self.ahead("OR"):
            self.take()
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def all(self) -> Query:
        parts = [self.near()]
        while self.ahead() and not self.ahead("OR") and not self.tokens[self.at]["close"]:
            if self.ahead("AND"):
                self.take()
            parts.append(self.near())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def near(self) -> Query:
        left = self.one()
        if not (self.ahead() and self.tokens[self.at]["near"]):
            return left
        words = int(self.take()["near"].partition("/")[2])
        right = self.one()
        if not (isinstance(left, Words) and isinstance(right, Words)):
            raise QueryError("NEAR wants a word or phrase on both sides")
        return Near(left, right, words)

    def one(self) -> Query:
        token = self.take()
        if token["word"] == "NOT" and not token["field"]:
            return Not(self.one())
        if token["open"]:
            return self.bracket()
        if token["close"] or token["near"] or token["word"] in ("AND", "OR"):
            raise QueryError(f"has {token.group().strip()!r} where a word should stand")
        field = token["field"] or ""
        if field and field not in FIELDS:
            raise QueryError(f"names the field {field!r}; there are {', '.join(FIELDS)}")
        term = (token["phrase"] if token["phrase"] is not None else token["word"]).strip()
        if not term.strip("=* "):
            raise QueryError("has a phrase without letters")
        return Words(term, field)

    def bracket(self) -> Query:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise QueryError(f"has brackets more than {_DEEPEST} deep")
        found = self.any()
        if not self.ahead() or not self.take()["close"]:
            raise QueryError("has an open bracket")
        self.depth -= 1
        return found


def parse(text: str) -> Query:
    """
    The query a person wrote.

    Raises:
        QueryError: says what is wrong with it.
    """
    if len(text) > _LONGEST:
        raise QueryError(f"is longer than {_LONGEST} characters")
    tokens, at, text = [], 0, text.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise QueryError(f"cannot be read from {text[at : at + 20]!r}")
        tokens.append(token)
        at = token.end()
    if not tokens:
        raise QueryError("is empty")
    reader = _Reader(tokens)
    found = reader.any()
    if reader.ahead():
        raise QueryError("has a bracket that was never opened")
    return found
