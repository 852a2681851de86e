"""``socialrules merge``: the results of all shards of a run, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from socialrules.cli.scoring import Overwrite, stopped_late


def merge(
    shards: Annotated[
        list[str], typer.Argument(metavar="SHARD...", help="The result folders of all shards, or a folder of them.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="The folder for the results.")],
    overwrite: Overwrite = False,
) -> None:
    """Put the results of all shards together, as if there had been none.

    Example: socialrules merge shard-1 shard-2 shard-3 -o results
    """
    from socialrules import merging
    from socialrules.cli.console import out as console
    from socialrules.cli.console import progress_bar, shown
    from socialrules.cli.summary import rows_line

    with stopped_late(out):
        with progress_bar("Merging") as progress:
            results = merging.merge(shards, out, overwrite=overwrite, progress=progress)
        manifest = results.manifest
        for name, entry in manifest["inputs"].items():
            console().print(rows_line(name, entry))
        versions = sorted({shard["duckdb"] for shard in manifest["shards"]})
        if len(versions) > 1:
            console().print(
                f"[yellow]Note:[/yellow] The shards were scored with several versions of DuckDB: {', '.join(versions)}."
            )
        console().print(f"[bold]Results:[/bold] {shown(str(results.path))}  ({len(manifest['shards'])} shards)")
