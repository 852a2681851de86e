"""Texts from inputs and rules on their way to a person: nothing in them moves a cursor or turns a line round."""

from __future__ import annotations

import re

LONGEST_LINE = 1_500
LONGEST_WORD = 150
UNBROKEN = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


def visible(text: str) -> str:
    r"""The text with what cannot be seen written out, as in ``\x1b`` or ``\u202e``; line breaks and tabs stay.

    That is every control character, what turns the direction of writing, what has no width, and
    half characters. All blanks are plain ones.
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable() or char in "\n\t":
        return char
    if char.isspace() and char not in "\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " "
    return char.encode("unicode_escape").decode()


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    r"""The text as ``visible`` gives it, in one line (a line break is ``\n``) and cut where it is long."""
    return cut(visible(text[: longest + 1]).replace("\n", "\\n").replace("\t", " "), longest)


def cut(text: str, longest: int = LONGEST_LINE) -> str:
    """The text, with an ellipsis for what is beyond ``longest`` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"


def shortened(text: str) -> str:
    """The text with its long words and long lines cut in the middle, so that the sentence around them can be read."""
    if len(text) <= LONGEST_WORD:
        return text
    words = UNBROKEN.sub(lambda found: _without_middle(found[0], LONGEST_WORD), text)
    return "\n".join(_without_middle(line, LONGEST_LINE) for line in words.split("\n"))


def _without_middle(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    end = longest // 3
    return f"{text[: longest - end - 1]}\N{HORIZONTAL ELLIPSIS}{text[-end:]}"


def visible_json(written: str) -> str:
    r"""JSON with everything unseen written as ``\u202e``; it stands in texts only, where that is the same."""
    return written if written.replace("\n", "").isprintable() else "".join(map(_json_escape, written))


def _json_escape(char: str) -> str:
    if char.isprintable() or char == "\n":
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
