"""The words of a wheel's reasons: which tag is false, which file and symbol make it so, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.errors import UsageError
from everylinux.evidence import AskedBy, Reason
from everylinux.packages.architectures import architectures_named
from everylinux.packages.policies import promised
from everylinux.spelling import parse_targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.packages.demands import Demand
    from everylinux.packages.modules import Module
    from everylinux.packages.policies import PlatformTag
    from everylinux.packages.python_tags import PythonTag


def stranger_reason(platform: PlatformTag, module: Module, true_tags: Sequence[str]) -> Reason:
    """Return why a file for another CPU or libc makes a tag false."""
    there = module.cpu.wheel[0] if module.cpu and module.cpu.wheel else module.cpu.name if module.cpu else "another CPU"
    if module.cpu and platform.cpu in module.cpu.wheel:
        libcs = {"gnu": "glibc", "musl": "musl", "android": "Android"}
        there = libcs.get(module.libc or "", "another libc")
    known = any(platform.cpu in one.wheel for one in architectures_named(platform.cpu, "wheel"))
    message = f"{platform.tag} is not what {module.path} is built for: it is for {there}"
    hint = _instead(platform, true_tags) or f"build {module.name} for {platform.tag}"
    if not known:
        hint = f"the CPU {platform.cpu} is not known in platform tags"
    return _reason(platform, message, hint, AskedBy(file=module.path))


def demand_reason(platform: PlatformTag, demand: Demand, true_tags: Sequence[str]) -> Reason:
    """Return why a tag does not grant what a file asks for."""
    libc = "musl" if platform.kind == "musllinux" else "glibc"
    floor = ".".join(map(str, platform.floor))
    base = ".".join(map(str, promised("musllinux" if libc == "musl" else "manylinux", platform.floor)))
    instead = _instead(platform, true_tags)
    rebuild = f"build it for {libc} {floor}"
    target = _target(platform.tag)
    if target:
        rebuild += f" (everylinux build --target {target})"
    cure = f"{instead}; or {rebuild}" if instead else rebuild
    file, subject = demand.module.path, demand.subject
    match demand.kind:
        case "library":
            message = f"{platform.tag} does not let a wheel expect {subject} from the system; {file} needs it"
            hint = "bundle it (auditwheel repair), or link it statically"
            if subject.startswith("libpython"):
                hint = "do not link extensions with libpython: the Python that imports them has these symbols itself"
        case "version" if demand.since is None:
            message = f"{platform.tag} lets no wheel expect {subject}; {file} needs it"
            hint = f"build it without {demand.symbol or 'what asks for that'}, or link its library statically"
        case "version":
            message = f"{subject} is newer than what {platform.tag} stands for; {file} needs it"
            hint = cure
        case "symbol" if demand.since is None or platform.kind == "manylinux":
            message = f"{platform.tag} forbids {subject}: not every build of its library has it; {file} needs it"
            hint = "do without it, or link that library statically"
        case "symbol":
            since = ".".join(map(str, demand.since or ()))
            message = f"{platform.tag} begins with musl {base}, {subject} came with {since}; {file} needs it"
            hint = f"build it with musl {base}, or do without {subject}"
        case "relocations":
            since = ".".join(map(str, demand.since or ()))
            message = (
                f"{platform.tag} begins with {libc} {base}, DT_RELR relocations came with {since}; {file} has them"
            )
            hint = f"link it with -z nopack-relative-relocs{f'; or {instead}' if instead else ''}"
        case "level":
            message = f"{platform.tag} means every CPU of that kind; {file} needs one of level {subject}"
            hint = "build it with -march=x86-64, and choose faster code when it runs"
        case _:
            message = f"{platform.tag} means hard floats; {file} is built for {subject}"
            hint = "build it with -mfloat-abi=hard"
    return _reason(platform, message, hint, AskedBy(file=file, symbol=demand.symbol))


def _instead(platform: PlatformTag, true_tags: Sequence[str]) -> str:
    """Return the tag to take instead: one of the same libc and CPU, else the first true one."""
    same = [tag for tag in true_tags if tag.startswith(platform.kind) and tag.endswith(f"_{platform.cpu}")]
    chosen = (same or list(true_tags))[:1]
    return f"the tag {chosen[0]} is true" if chosen and chosen[0] != platform.tag else ""


def any_reason(python: PythonTag, first: Module, true_tags: Sequence[str]) -> Reason:
    """Return why a wheel with an ELF file is not one for any system."""
    message = f"any means every system and CPU, but {first.path} is a file for one CPU"
    tags = f"the tag {true_tags[0]} is true" if true_tags else "build one wheel for each CPU"
    return Reason(
        code="wheel-tag", subject=f"{python.text}-any", message=message, asked_by=AskedBy(file=first.path), hint=tags
    )


def _target(tag: str) -> str:
    """Return the target that `build` takes for a platform tag, empty where the compiler cannot aim at it."""
    try:
        return parse_targets(tag)[0].name
    except UsageError:
        return ""


def _reason(platform: PlatformTag, message: str, hint: str, asker: AskedBy) -> Reason:
    return Reason(code="wheel-tag", subject=platform.tag, message=message, asked_by=asker, hint=hint)
