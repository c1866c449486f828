"""The table of `image`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from everylinux.evidence import ImageInfo, ImageReport


def render(report: ImageReport, console: Console) -> None:
    """Write one row an image, or a block an image where its libraries are told."""
    if any(image.libraries for image in report.images):
        for image in report.images:
            _render_one(image, console)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("image", "libc", "C++ runtime", "provenance", "date"):
        table.add_column(heading, no_wrap=True)
    table.add_column("platforms", overflow="fold")
    for image in report.images:
        platforms = ", ".join(platform.removeprefix("linux/") for platform in image.platforms) or "every"
        cells = (image.name, libc_of(image), runtime_of(image), image.provenance, image.date, platforms)
        table.add_row(*cells)
    console.print(table)
    console.print("\nmeasured: from a file system. documented: from its releases; what is not known is `unknown`.")


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
