"""Root file systems for tests and measurements, made from Debian packages; nothing is configured or run inside."""

from roots.store import make_root, read_manifest

__all__ = ["make_root", "read_manifest"]
