"""The table of `image`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from everylinux.evidence import ImageInfo, ImageReport

PLATFORMS = "platforms"
# Columns in which a terminal has no room, the least telling first; the name stays, whatever the width.
LEFT_OUT_FIRST = ("date", "provenance", PLATFORMS, "C++ runtime", "libc")
# Platforms go on below each other in so many characters.
NARROWEST_PLATFORMS = 16
# Between two columns.
GAP = 2


def render(report: ImageReport, console: Console) -> None:
    """Write one row an image, or a block an image where its libraries are told."""
    if any(image.libraries for image in report.images):
        for image in report.images:
            _render_one(image, console)
        return
    columns = {
        "image": [image.name for image in report.images],
        "libc": [libc_of(image) for image in report.images],
        "C++ runtime": [runtime_of(image) for image in report.images],
        "provenance": [image.provenance for image in report.images],
        "date": [image.date for image in report.images],
        PLATFORMS: [_platforms(image) for image in report.images],
    }
    shown = _with_room(columns, console.width)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in shown:
        table.add_column(heading, no_wrap=heading not in {"image", PLATFORMS}, overflow="fold")
    for row in zip(*(columns[heading] for heading in shown), strict=True):
        table.add_row(*row)
    console.print(table)
    if "provenance" in shown:
        console.print("\nmeasured: from a file system. documented: from its releases; what is not known is `unknown`.")
    if left := [heading for heading in columns if heading not in shown]:
        console.print(f"\nno room for {', '.join(left)}: `everylinux image show NAME`, -o json, or a wider terminal")


def _with_room(columns: Mapping[str, Sequence[str]], width: int) -> list[str]:
    """Return the columns that have room beside each other: the last of `LEFT_OUT_FIRST` goes last."""
    widths = {heading: max(map(len, (heading, *cells))) for heading, cells in columns.items()}
    widths[PLATFORMS] = min(widths[PLATFORMS], NARROWEST_PLATFORMS)
    shown = list(columns)
    for heading in LEFT_OUT_FIRST:
        if sum(widths[one] + GAP for one in shown) - GAP <= width:
            break
        shown.remove(heading)
    return shown


def _platforms(image: ImageInfo) -> str:
    return ", ".join(platform.removeprefix("linux/") for platform in image.platforms) or "every"


def _render_one(image: ImageInfo, console: Console) -> None:
    console.print(image.name, style="bold")
    facts = {
        "also": ", ".join(image.aliases),
        "libc": libc_of(image),
        "C++ runtime": runtime_of(image),
        "platforms": ", ".join(image.platforms) or "every",
        "provenance": f"{image.provenance}, {image.date}: {image.source}",
        "note": image.note,
    }
    for name, fact in facts.items():
        if fact:
            console.print(f"  {name:<12} {fact}", soft_wrap=True)
    for path, version in image.libraries.items():
        console.print(f"  {path}  {version}".rstrip(), soft_wrap=True)


def libc_of(image: ImageInfo) -> str:
    """Name the image's libc with its release."""
    return (
        " ".join(f"{name} {image.releases[name]}" for name in ("glibc", "musl") if name in image.releases) or image.libc
    )


def runtime_of(image: ImageInfo) -> str:
    """Name the newest version of the image's C++ runtime."""
    return f"GLIBCXX_{image.releases['GLIBCXX']}" if "GLIBCXX" in image.releases else ""
