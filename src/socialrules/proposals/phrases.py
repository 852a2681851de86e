"""How alike two headers, names or questions are.

Two phrases are compared word by word. A word that few facts have counts more than one that many
have; a word of one phrase that the other lacks counts against it. So ``Parent Account ID`` is not
``Account ID``, while ``No. of employees`` and ``Number of employees`` are the same.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import extractOne

# English, German, French, Spanish, Finnish: words that say nothing about what is meant.
FILLERS = frozenset((
    "a", "an", "the", "and", "or", "of", "for", "in", "on", "at", "to", "by", "with", "per", "from", "is", "are",
    "was", "be", "do", "does", "did", "has", "have", "had", "you", "your", "we", "our", "my", "it", "its", "this",
    "that", "these", "there", "what", "which", "when", "how", "many", "much", "place", "yes", "y", "n", "please",
    "any", "some", "can", "could", "would", "will", "if", "so", "as", "about", "main", "currently", "vorhanden",
    "ja", "nein", "oui", "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einer", "und", "oder",
    "für", "im", "von", "vom", "zum", "zur", "mit", "pro", "ist", "sind", "hat", "haben", "ihr", "ihre", "sie",
    "wir", "unser", "unsere", "wie", "viele", "le", "la", "les", "un", "une", "de", "du", "d", "l", "et", "ou",
    "pour", "par", "en", "est", "sont", "avez", "vous", "votre", "vos", "quel", "quelle", "el", "los", "las",
    "una", "del", "o", "por", "con", "es", "son", "tiene", "su", "sus", "qué", "tai",
))  # fmt: skip
NEGATIONS = frozenset((
    "not", "without", "lack", "lacks", "missing", "never", "kein", "keine", "keinen", "ohne", "nicht", "sans",
    "aucun", "aucune", "sin", "ningún", "ei", "ilman",
))  # fmt: skip
NUMBER_OF = re.compile(r"\b(no|nr|num|nbr)(?=[.\s]*\s(of|de|der)\b)|\b(no|nr)\.(?=\W|$)|#|\bn\s?[°º]", re.IGNORECASE)
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
SHORTHANDS = {"avg": "average", "nr": "number", "num": "number", "qty": "number", "count": "number", "monthly": "month",
              "weekly": "week", "yearly": "year", "daily": "day", "mensuel": "mois", "mensual": "mes",
              "monatlich": "monat", "organisation": "organization", "e": "", "inquiries": "enquiries"}  # fmt: skip
ALIKE = 0.84
"""From so alike on, as a share of letters, two words count as one that is spelt differently."""

SHORTEST_FUZZY = 5
"""Shorter words have to be the same: ``post`` is no ``cost``."""

SAME_WORDS = 0.98
"""How alike two phrases are that differ in order, endings or words that say nothing."""

TURNED = 0.86
"""How alike two phrases of the same two words in another order are: a link in a profile is no profile link."""

GENITIVES = frozenset(("of", "de", "du", "del", "der", "des", "von"))
"""Words that turn two others round and leave their meaning: the name of the shop is the shop name."""

LEAST = 0.3
"""The weight of a word that tells nearly nothing."""

PERIODS = frozenset((
    "day", "week", "month", "quarter", "year", "annual", "hour", "minute", "tag", "woche", "monat", "quartal",
    "jahr", "jour", "semaine", "moi", "trimestre", "annee", "dia", "semana", "me", "ano", "paiva", "viikko",
    "kuukausi", "vuosi",
))  # fmt: skip
"""Words for a length of time, as ``words`` gives them: a figure of a year is none of a month."""

QUESTION_END = re.compile(r"[(:;?.]")


@functools.lru_cache(maxsize=20_000)
def plain(phrase: str) -> str:
    """A phrase in lower case, without accents, signs and the ways of joining words."""
    written = NUMBER_OF.sub("number", CAMEL.sub(" ", phrase)).replace("ß", "ss").lower()
    decomposed = unicodedata.normalize("NFKD", written)
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in decomposed if not unicodedata.combining(c))))


@functools.lru_cache(maxsize=20_000)
def words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase that say something, in lower case and without accents; all of them where none does."""
    found = plain(phrase).split()
    telling = [_root(w) for w in found if w not in _plain_fillers()]
    return tuple(dict.fromkeys(w for w in telling if w)) or tuple(dict.fromkeys(found))


@functools.cache
def _plain_fillers() -> frozenset[str]:
    return frozenset(plain(w) for w in FILLERS)


def _root(word: str) -> str:
    word = SHORTHANDS.get(word, word)
    # The plural of most words in three of the languages.
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def is_negated(phrase: str) -> bool:
    """Whether a phrase asks for the opposite: ``no policy``, ``ohne Strategie``."""
    lowered = NUMBER_OF.sub("number", phrase.lower())
    found = re.findall(r"\w+", lowered)
    return bool(NEGATIONS & set(found)) or found[:1] == ["no"]


def beginnings(question: str) -> list[str]:
    """A question, and what it asks before it explains itself."""
    first = QUESTION_END.split(question, maxsplit=1)[0].strip()
    short = first.partition(",")[0].strip()
    return list(dict.fromkeys(p for p in (question, first, short if len(words(short)) > 3 else first) if p))


def other_measure(header: str, phrase: str, unit: str = "") -> bool:
    """Whether a header names a number or length of time that the phrase does not: ``last 7 days``, ``annual``.

    ``unit``: what the fact counts, such as ``currency/month``, goes without saying in its phrases.
    """
    mine, other = set(words(header)), set(words(phrase))
    digits = {w for w in mine if any(c.isdigit() for c in w)} ^ {w for w in other if any(c.isdigit() for c in w)}
    return bool(digits or (mine & PERIODS) - other - set(words(unit)))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How much each word tells, from how many facts have it.

    Attributes:
        weights: by word, the logarithm of how few facts have it; at least ``LEAST`` for any.
        unknown: the weight of a word that no fact has.
    """

    weights: Mapping[str, float]
    unknown: float

    @classmethod
    def of(cls, phrases: Iterable[Sequence[str]], common: Iterable[str] = ()) -> Vocabulary:
        """The vocabulary of facts, each given as all its phrases. ``common``: words that tell little all the same."""
        counts: dict[str, int] = {}
        facts = 0
        for listed in phrases:
            facts += 1
            for word in {w for phrase in listed for w in words(phrase)}:
                counts[word] = counts.get(word, 0) + 1
        weights = {w: LEAST + math.log(facts / n) for w, n in counts.items()}
        weights |= {w: LEAST for phrase in common for w in words(phrase)}
        return cls(weights, LEAST + math.log(max(facts, 2)) / 2)

    def weight(self, word: str) -> float:
        """How much a word tells."""
        return self.weights.get(word, self.unknown)

    def alike(self, left: str, right: str) -> float:
        """How alike two phrases are, from 0 to 1: the weight of the words they share, of the weight of all.

        The share of the left phrase and that of the right one are put together by their harmonic mean.
        """
        mine, other = words(left), words(right)
        if not mine or not other:
            return 0.0
        if plain(left) == plain(right):
            return 1.0
        if mine == other or "".join(mine) == "".join(other):
            return SAME_WORDS
        genitive = GENITIVES & {*plain(left).split(), *plain(right).split()}
        if sorted(mine) == sorted(other):
            return SAME_WORDS if genitive or len(mine) > 2 else TURNED
        shared: Mapping[str, tuple[str, float]] = {w: hit for w in mine if (hit := self._same_word(w, other))}
        common = sum(self.weight(hit) * share for hit, share in shared.values())
        mine_all = sum(self.weight(shared[w][0]) if w in shared else self.weight(w) for w in mine)
        other_all = sum(self.weight(w) for w in other)
        together = mine_all + other_all
        places = [other.index(hit) for hit, _ in shared.values()]
        turned = len(mine) == len(places) == 2 and places[0] > places[1] and not genitive
        return min(2 * common / together, TURNED if turned else SAME_WORDS)

    @staticmethod
    def _same_word(word: str, others: Sequence[str]) -> tuple[str, float] | None:
        if word in others:
            return word, 1.0
        if len(word) < SHORTEST_FUZZY or word.isdigit():
            return None
        long_enough = [o for o in others if len(o) >= SHORTEST_FUZZY]
        found = extractOne(word, long_enough, scorer=Levenshtein.normalized_similarity, score_cutoff=ALIKE)
        return (found[0], float(found[1])) if found else None
