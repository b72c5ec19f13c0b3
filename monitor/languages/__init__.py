"""Words that need more than case folding: what one language's grammar adds to its lexicon."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ORDERS: Final = ("svo", "sov", "vso")
CASES: Final = ("to", "from", "by", "of", "subject", "object", "with")
SCRIPTS: Final = (
    *("latin", "cyrillic", "arabic", "hebrew", "devanagari", "han", "kana", "hangul"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How a language marks who gives and who gets; see docs/lexicons.md for each field."""

    code: str
    scripts: tuple[str, ...] = ("latin",)  # some of SCRIPTS
    order: str = "svo"  # one of ORDERS
    spaces: bool = True  # words are kept apart by spaces
    postpositions: bool = False  # small words stand behind the name they mark, not before it
    # Clitics that may be glued before a word, particles after it: place by place, one of each at
    # most, in this order.
    prefixes: tuple[tuple[str, ...], ...] = ()
    suffixes: tuple[tuple[str, ...], ...] = ()
    cases: Mapping[str, str] = field(default_factory=dict)  # end of a name → one of CASES, or ""
    prefix_cases: Mapping[str, str] = field(default_factory=dict)  # clitic before → the same
    letters: Mapping[str, str] = field(default_factory=dict)  # one letter → one letter

    def fold(self, text: str) -> str:
        """The text with this language's own letters levelled; as many characters as before."""
        if not self.letters:
            return text
        return text.translate({ord(letter): to for letter, to in self.letters.items()})
