"""Whether two declarations mean the same to a program that was compiled with the first and runs with the second.

The first is glibc's: a neutral module is compiled with glibc's headers. It reserves what they say and reads and writes
the members that they name; names that begin with an underscore are the libc's own. So a structure may be larger than
musl's, never smaller, and every public member has to lie where musl's lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elftools.dwarf.die import DIE

QUALIFIERS = {f"DW_TAG_{name}_type" for name in ("const", "volatile", "restrict", "atomic")} | {"DW_TAG_typedef"}
SCALARS = {"DW_TAG_base_type", "DW_TAG_enumeration_type"}
RECORDS = {"DW_TAG_structure_type", "DW_TAG_union_type"}
POINTER, FUNCTION, ARRAY = "DW_TAG_pointer_type", "DW_TAG_subroutine_type", "DW_TAG_array_type"
FLOAT = 4  # DW_ATE_float


class Comparison:
    """Compares one pair of declarations; types that refer to themselves are taken as alike meanwhile."""

    def __init__(self, pointer_bytes: int) -> None:
        self._pointer_bytes = pointer_bytes
        self._seen: set[tuple[int, int]] = set()

    def difference(self, glibc: DIE | None, musl: DIE | None, where: str) -> str | None:
        """Return in words where the two differ, ``None`` when they do not."""
        glibc, musl = _plain(glibc), _plain(musl)
        if glibc is None or musl is None:
            return None if glibc is musl or where.endswith("*") else f"{where} is there in one of the two only"
        pair = (glibc.offset, musl.offset)
        if pair in self._seen:
            return None
        self._seen.add(pair)
        return self._of_complete(glibc, musl, where)

    def _of_complete(self, glibc: DIE, musl: DIE, where: str) -> str | None:
        if glibc.tag in RECORDS and musl.tag in RECORDS:
            return self._record(glibc, musl, where)
        if glibc.tag == musl.tag == FUNCTION:
            return self._function(glibc, musl, where)
        if self._size(glibc) != self._size(musl) or _is_float(glibc) != _is_float(musl):
            return f"{where} is {self._shown(glibc)} in glibc, {self._shown(musl)} in musl"
        if glibc.tag == musl.tag and glibc.tag in (POINTER, ARRAY):
            return self.difference(_type(glibc), _type(musl), where + ("*" if glibc.tag == POINTER else ""))
        return None  # a handle may be a number here and a pointer there: nobody looks into it

    def _record(self, glibc: DIE, musl: DIE, where: str) -> str | None:
        """Compare by size and public members; one that a header leaves open is nobody's to look into."""
        if "DW_AT_declaration" in glibc.attributes or "DW_AT_declaration" in musl.attributes:
            return None
        name = _name(glibc) or _name(musl) or where
        if self._size(glibc) < self._size(musl):
            return f"{name} has {self._size(glibc)} bytes in glibc, {self._size(musl)} in musl"
        # The libc's own name for a public member: glibc's c_ispeed is musl's __c_ispeed.
        theirs = {member.lstrip("_"): (offset, kind) for member, offset, kind in _members(musl)}
        for member, offset, kind in _members(glibc):
            if member.startswith("_"):
                continue
            if member not in theirs:
                return f"{name}.{member} is not in musl's"
            if theirs[member][0] != offset:
                return f"{name}.{member} lies at {offset} in glibc, at {theirs[member][0]} in musl"
            found = self.difference(kind, theirs[member][1], f"{name}.{member}")
            if found:
                return found
        return None

    def _function(self, glibc: DIE, musl: DIE, where: str) -> str | None:
        found = self._result(_type(glibc), _type(musl))
        if found:
            return found
        ours, theirs = (_children(each, "DW_TAG_formal_parameter") for each in (glibc, musl))
        open_ended = [bool(_children(each, "DW_TAG_unspecified_parameters")) for each in (glibc, musl)]
        if len(ours) != len(theirs) or open_ended[0] != open_ended[1]:
            return f"{where} takes {len(ours)} parameters in glibc, {len(theirs)} in musl"
        pairs = enumerate(zip(ours, theirs, strict=True), start=1)
        return next(
            (
                each
                for number, (one, other) in pairs
                if (each := self.difference(_type(one), _type(other), f"parameter {number}"))
            ),
            None,
        )

    def _result(self, glibc: DIE | None, musl: DIE | None) -> str | None:
        """Compare what is returned: a pointer is looked into by the caller, a number is not."""
        ours, theirs = _plain(glibc), _plain(musl)
        pointers = [each is not None and each.tag == POINTER for each in (ours, theirs)]
        opaque = _is_handle(glibc) or _is_handle(musl)
        if pointers[0] != pointers[1] and not opaque and ours is not None and theirs is not None:
            return f"it returns {self._shown(ours)} in glibc, {self._shown(theirs)} in musl"
        return None if ours is None or theirs is None else self.difference(glibc, musl, "what it returns")

    def _size(self, kind: DIE | None) -> int:
        if kind is None:
            return 0
        if "DW_AT_byte_size" in kind.attributes:
            return int(kind.attributes["DW_AT_byte_size"].value)
        if kind.tag == ARRAY:
            counts = [
                int(each.attributes["DW_AT_count"].value) if "DW_AT_count" in each.attributes else 0
                for each in _children(kind, "DW_TAG_subrange_type")
            ]
            product = self._size(_plain(_type(kind)))
            for count in counts:
                product *= count
            return product
        return self._pointer_bytes

    def _shown(self, kind: DIE) -> str:
        word = str(kind.tag).removeprefix("DW_TAG_").removesuffix("_type").replace("base", "")
        return " ".join(filter(None, (word, _name(kind), f"of {self._size(kind)} bytes")))


def _plain(kind: DIE | None) -> DIE | None:
    while kind is not None and kind.tag in QUALIFIERS:
        kind = _type(kind)
    return kind


def _type(entry: DIE) -> DIE | None:
    return entry.get_DIE_from_attribute("DW_AT_type") if "DW_AT_type" in entry.attributes else None


def _name(entry: DIE) -> str:
    return entry.attributes["DW_AT_name"].value.decode() if "DW_AT_name" in entry.attributes else ""


def _is_handle(kind: DIE | None) -> bool:
    """Return whether a type has a name that the standard leaves open: ``pthread_t``, ``thrd_t``."""
    return kind is not None and kind.tag == "DW_TAG_typedef" and _name(kind).endswith("_t")


def _is_float(kind: DIE) -> bool:
    return "DW_AT_encoding" in kind.attributes and kind.attributes["DW_AT_encoding"].value == FLOAT


def _children(entry: DIE, tag: str) -> list[DIE]:
    return [child for child in entry.iter_children() if child.tag == tag]


def _members(record: DIE, base: int = 0) -> Iterator[tuple[str, int, DIE | None]]:
    """Yield name, offset and type of each member; those of nameless structures inside count as its own."""
    for child in _children(record, "DW_TAG_member"):
        place = child.attributes.get("DW_AT_data_member_location")
        offset, kind = base + (place.value if place else 0), _plain(_type(child))
        if not _name(child) and kind is not None and kind.tag in RECORDS:
            yield from _members(kind, offset)
        else:
            yield _name(child), offset, kind
