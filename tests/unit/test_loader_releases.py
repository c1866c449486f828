"""What glibc's and musl's sources of each release say: expected values are read from those sources."""

from __future__ import annotations

from everylinux.loader.releases import (
    first_unknown_abi_version,
    glibc_releases,
    kernels,
    mips_float_abis,
    musl_releases,
    newest_symbols_of,
    tls_layout,
)

EM_X86_64, EM_AARCH64, EM_UNKNOWN = 62, 183, 0xFFFF
DOUBLE, SOFT, ANY, FP64 = 1, 3, 0, 6


def test_releases_at_which_rules_change() -> None:
    assert glibc_releases().relr == (2, 36)  # NEWS of 2.36: DT_RELR
    assert glibc_releases().strict_stack == (2, 41)  # NEWS of 2.41: dlopen no longer makes the stack executable
    assert musl_releases().relr == musl_releases().large_file_names == (1, 2, 4)  # WHATSNEW of 1.2.4


def test_thread_storage_lies_below_the_thread_pointer_on_x86_and_above_on_arm() -> None:
    x86, old, new = (
        tls_layout(EM_X86_64, 64, (2, 31)),
        tls_layout(EM_AARCH64, 64, (2, 31)),
        tls_layout(EM_AARCH64, 64, (2, 36)),
    )
    assert x86 is not None
    assert (x86.before, x86.alignment) == (None, 64)
    assert old is not None
    assert (old.before, old.alignment) == (16, 16)
    assert new is not None
    assert (new.before, new.alignment) == (16, 32)


def test_a_cpu_that_is_not_known_has_no_limits() -> None:
    assert tls_layout(EM_UNKNOWN, 64, (2, 36)) is None
    assert first_unknown_abi_version(EM_UNKNOWN, 64, (2, 36)) > 255


def test_abi_versions_grow_with_libc_abis() -> None:
    assert first_unknown_abi_version(EM_X86_64, 64, (2, 17)) == len(["DEFAULT", "UNIQUE", "IFUNC"])
    assert first_unknown_abi_version(EM_X86_64, 64, (2, 28)) == len(["DEFAULT", "UNIQUE", "IFUNC", "ABSOLUTE"])
    assert first_unknown_abi_version(EM_AARCH64, 64, (2, 28)) == len(["DEFAULT", "UNIQUE", "ABSOLUTE"])


def test_a_release_that_brought_no_symbol_ends_with_the_one_before() -> None:
    assert newest_symbols_of("2.41") == {"2.41"}
    assert newest_symbols_of("2.40") == {"2.40", "2.39"}


def test_mips_code_for_soft_and_for_double_floats_shares_no_mode() -> None:
    abis = mips_float_abis()
    assert not any(map(all, zip(abis.modes(DOUBLE), abis.modes(SOFT), strict=True)))
    assert not any(map(all, zip(abis.modes(DOUBLE), abis.modes(FP64), strict=True)))
    assert any(map(all, zip(abis.modes(DOUBLE), abis.modes(ANY), strict=True)))
    assert any(map(all, zip(abis.modes(DOUBLE), abis.modes(None), strict=True)))
    assert not any(abis.modes(99))


def test_the_newest_kernel_is_newer_than_the_oldest() -> None:
    oldest, newest = kernels()
    assert oldest < newest
