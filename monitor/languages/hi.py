"""Hindi: postpositions after the noun, the verb last, ने marks who has acted."""

from typing import Final

from monitor.languages import Grammar

# A space after each, for the postposition to be a word of its own: सेना begins like से.
LANGUAGE: Final = Grammar(
    code="hi",
    scripts=("devanagari",),
    order="sov",
    postpositions=True,
    cases={
        "को ": "to",
        "के लिए ": "to",
        "के लिये ": "to",
        "हेतु ": "to",
        "के हाथ ": "to",
        "के पास ": "to",
        "तक ": "to",
        "से ": "from",
        "की ओर ": "by",
        "की तरफ ": "by",
        "में बने ": "from",
        "में बनी ": "from",
        "निर्मित ": "from",
        "द्वारा ": "by",
        "के द्वारा ": "by",
        "ने ": "subject",
        "ने भी ": "subject",
        "का ": "of",
        "के ": "of",
        "की ": "of",
        "के साथ ": "with",
        "और ": "with",
    },
)
