"""Why an answer is missing, from the words that people give to a code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace

from socialrules.errors import plain_name
from socialrules.sources.codebook import REASONS, ColumnCodes, Missing

REASON_WORDS: Mapping[str, Sequence[str]] = {
    "dont_know": (
        "don'?t know", "do(es)? not know", "does ?n'?t know", "did ?n'?t know", "dk", "not sure", "unsure", "cannot say", "can'?t say", "can'?t choose", "weiss nicht",
        "keine ahnung", "ne sait pas", "ne sais pas", "nsp", "no sabe", "ns", "en osaa sanoa", "ei osaa sanoa", "eos",
        "en tieda", "weet nie", "weet niet", "khong biet", "nu stie", "nu stiu",
    ),
    "refused": (
        "refused", "refusal", "refuses", "refuse to answer", "declined", "prefer(s|red)? not to (say|answer)",
        "verweigert", "refus", "refuse de repondre", "no contesta", "nc", "rechaza", "kieltaytyi", "ei halua vastata",
        "geweier", "tu choi", "refuza", "nu raspunde",
    ),
    "not_asked": (
        "not asked", "skipped", "skip", "routed", "not administered", "filtered", "not shown", "not presented", "not in (this )?(sample|wave|version)",
        "nicht gefragt", "nicht gestellt", "pas demande", "non pose", "no preguntado", "no se pregunto", "ei kysytty",
        "nie gevra nie", "khong hoi", "nu a fost intrebat",
    ),
    "not_applicable": (
        "not applicable", "does not apply", "inapplicable", "inap", "iap", "n/?a", "trifft nicht zu", "nicht zutreffend",
        "non applicable", "sans objet", "no aplica", "no procede", "ei sovellu", "ei koske", "nie van toepassing nie",
        "khong ap dung", "nu se aplica", "nu este cazul",
    ),
    "technical": (
        "technical (error|problem)", "system missing", "data error", "coding error", "invalid", "uncodeable", "lost",
        "interview (broken off|terminated)", "break ?off", "illegible", "corrupt",
    ),
}  # fmt: skip
"""Words by which value labels say why an answer is missing, in plain letters."""

_PATTERNS = {r: re.compile(rf"\b({'|'.join(words)})\b") for r, words in REASON_WORDS.items()}

MAY_BE_ANSWERS = frozenset(("not sure", "unsure", "lost", "invalid", "skip", "skipped", "ns", "nc"))
"""Words that name an answer as well: the middle of a scale, a client who was lost."""


def reason_in(label: str) -> str | None:
    """Why an answer is missing, as the label of its code or the name of a reason says; None where that is not plain."""
    if plain_name(label) in REASONS:
        return plain_name(label)
    plain = _plain(label)
    found = [reason for reason, pattern in _PATTERNS.items() if pattern.search(plain)]
    # "Don't know / refused" is both, so it is neither.
    return found[0] if len(found) == 1 else None


def with_told_missing(codes: ColumnCodes) -> ColumnCodes:
    """The codes of a column, with those for missing whose label says nothing but that, though nobody declared them so."""
    declared = {m.low for m in codes.missing if m.high is None}
    told = []
    for code, label in codes.labels.items():
        plain = _plain(label).strip(" .!()")
        reason = next((r for r, pattern in _PATTERNS.items() if pattern.fullmatch(plain)), None)
        if reason and plain not in MAY_BE_ANSWERS and code not in declared:
            told.append(Missing(code, reason=reason))
    return replace(codes, missing=(*told, *codes.missing)) if told else codes


def _plain(label: str) -> str:
    """A label in small letters without accents."""
    letters = unicodedata.normalize("NFKD", label.lower().replace("ß", "ss").replace("đ", "d"))
    return "".join(c for c in letters if not unicodedata.combining(c)).replace("\u2019", "'")
