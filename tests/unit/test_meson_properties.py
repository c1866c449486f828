"""What is told of a target's numbers to projects that Meson builds."""

from __future__ import annotations

import pytest

from everylinux.toolchains.meson_properties import longdouble_format


@pytest.mark.parametrize(
    ("size", "digits", "endian", "name"),
    [
        (16, 64, "little", "INTEL_EXTENDED_16_BYTES_LE"),  # System V ABI, AMD64: x87's
        (12, 64, "little", "INTEL_EXTENDED_12_BYTES_LE"),  # System V ABI, Intel386
        (16, 113, "little", "IEEE_QUAD_LE"),  # AAPCS64: binary128
        (16, 113, "big", "IEEE_QUAD_BE"),  # ELF ABI of s390x
        (16, 106, "little", "IBM_DOUBLE_DOUBLE_LE"),  # 64-bit ELF V2 ABI of Power
        (8, 53, "little", "IEEE_DOUBLE_LE"),  # AAPCS32: the same as double
        (16, 64, "big", None),
        (0, 0, "little", None),  # a compiler that does not answer
    ],
)
def test_how_a_long_double_is_kept(size: int, digits: int, endian: str, name: str | None) -> None:
    assert longdouble_format(size, digits, endian) == name
