"""Names of images in registries: ``HOST/PATH:TAG@DIGEST``, with what Docker lets people leave out.

Source: distribution/reference (reference.go for the grammar, normalize.go for the shorthand).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from everylinux.errors import UsageError
from everylinux.images.manifests import DIGEST
from everylinux.images.registry.facts import hosts

LONGEST = 600
LONGEST_PATH = 255
USUAL_TAG = "latest"
COMPONENT = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*")
HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True)
class Reference:
    """One image. ``host`` has a port where it was written; of ``tag`` and ``digest`` one may be empty, never both."""

    host: str
    path: str
    tag: str
    digest: str

    def __str__(self) -> str:
        """Return it in full."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.host}/{self.path}{tag}" + (f"@{self.digest}" if self.digest else "")


def parse_reference(text: str) -> Reference:
    """Return what a name stands for; raises `UsageError` for one that no registry could have."""
    if len(text) > LONGEST:
        raise UsageError("an image's name is too long", hint="a registry's names have at most 255 characters")
    rest, at, digest = text.partition("@")
    if at and not DIGEST.fullmatch(digest):
        # What stands before it is not repeated: it may be a login.
        raise UsageError(
            f"what follows @ in an image's name is no digest: {digest!r}",
            meaning="a digest is sha256: and 64 hexadecimal digits; a login does not belong into a name",
            hint="`docker login HOST` or `podman login HOST` keeps a login",
        )
    host, path = _split(rest)
    path, colon, tag = path.partition(":")
    if colon and not TAG.fullmatch(tag):
        raise UsageError(f"{text}: {tag!r} is no tag", hint="tags have letters, digits, and after the first _.- too")
    if not HOST.fullmatch(host):
        raise UsageError(f"{text}: {host!r} is no host", hint="write docker://HOST/NAME:TAG")
    known = hosts().get(host.lower())
    if known:
        host = known.host
        path = path if "/" in path or not known.namespace else f"{known.namespace}/{path}"
    if len(path) > LONGEST_PATH or not all(COMPONENT.fullmatch(part) for part in path.split("/")):
        raise UsageError(
            f"{text} is not an image's name",
            meaning="names have lower-case letters and digits, with . _ - between them, and / between their parts",
            hint="write docker://HOST/NAME:TAG",
        )
    return Reference(host, path, tag if tag or digest else USUAL_TAG, digest)


def _split(name: str) -> tuple[str, str]:
    """Return host and rest: the first part is a host when it looks like one, else the host is Docker's."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        return first, rest
    return "docker.io", name
