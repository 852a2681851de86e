"""Rule files, mapping files and expressions, changed byte by byte towards code that was not reached yet.

For whoever has atheris (``pip install atheris``), which is no dependency of the project:

    python tests/fuzz/coverage_guided.py FOLDER -runs=20000 -timeout=5

FOLDER keeps the inputs that reached something new. It ends at the first input that ends in anything
but one of our errors. Only Python is watched: what DuckDB reads is for the other fuzzers.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["socialrules", "tomllib"]):
    from inputs.small import small_rulebook
    from socialrules import SocialRulesError, load_rulebook, load_rules
    from socialrules.plugins import LoadedPlugin
    from socialrules.sources.mapping import load_mapping

BOOK = small_rulebook()
FILE = Path(tempfile.mkdtemp(prefix="socialrules-atheris-")) / "input.toml"


def try_one(content: bytes) -> None:
    """Reads an input as a mapping file, or as a rule file with all that follows from it."""
    FILE.write_bytes(content[1:])
    try:
        if content[:1] < b"\x80":
            load_mapping(FILE, BOOK.assembly.tables)
        else:
            mine = LoadedPlugin("mine", "file", str(FILE), load_rules(FILE))
            load_rulebook(plugins=[*BOOK.assembly.plugins, mine])
    except SocialRulesError as error:
        assert str(error).replace("\n", "").replace("\t", "").isprintable(), ascii(error)


def main() -> None:
    """Seeds the folder with files that work, then tries what comes of them."""
    from fuzz.test_rules import MAPPING, PARTS, RULES

    folder = next((Path(a) for a in sys.argv[1:] if not a.startswith("-")), None)
    if folder is None:
        sys.exit("Say which folder keeps the inputs.")
    folder.mkdir(parents=True, exist_ok=True)
    for number, (mark, text) in enumerate(((b"\0", MAPPING), (b"\xff", RULES), (b"\xff", PARTS))):
        (folder / f"seed-{number}").write_bytes(mark + text.encode())
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
