//! GCC's `-march=` and `-mcpu=` in zig's words: zig knows processors by one list of names, with underscores.

const std = @import("std");
const words = @import("words.zig");

/// Returns the argument for zig, or null where it asks for no more than the target's baseline, for this machine's
/// own processor, or only for tuning.
pub fn translate(allocator: std.mem.Allocator, target: []const u8, argument: []const u8) !?[]const u8 {
    const equals = std.mem.indexOfScalar(u8, argument, '=').?;
    const value = argument[equals + 1 ..];
    if (words.starts(argument, &.{"-mtune"}) or words.is(value, &.{ "native", "generic" })) return null;
    if (words.starts(target, &.{ "riscv64", "arm" }) and words.starts(argument, &.{"-march"})) return null;
    if (words.starts(target, &.{"aarch64"}) and words.starts(argument, &.{"-march"})) return armArchitecture(allocator, value);
    if (words.starts(value, &.{"power"})) return try std.mem.concat(allocator, u8, &.{ "-mcpu=pwr", value["power".len..] });
    if (words.is(value, &.{ "x86-64", "i386", "i486", "i586", "i686", "powerpc64le" })) return null;
    const end = std.mem.indexOfScalar(u8, value, '+') orelse value.len;
    const translated = try allocator.dupe(u8, value);
    std.mem.replaceScalar(u8, translated[0..end], '-', '_');
    return try std.mem.concat(allocator, u8, &.{ "-mcpu=", translated });
}

/// Returns the argument by which clang's assembler hears of it, or null where zig tells it or there is nothing to tell:
/// of AArch64's extensions zig speaks to the compiler only.
pub fn forAssembler(allocator: std.mem.Allocator, target: []const u8, argument: []const u8) !?[]const u8 {
    if (!words.starts(target, &.{"aarch64"}) or !words.starts(argument, &.{"-march=arm"})) return null;
    return try std.mem.concat(allocator, u8, &.{ "-Wa,", argument });
}

/// `armv8.2-a+crypto` is `generic+v8_2a+crypto`; plain `armv8-a` is the baseline.
fn armArchitecture(allocator: std.mem.Allocator, value: []const u8) !?[]const u8 {
    const end = std.mem.indexOfScalar(u8, value, '+') orelse value.len;
    const extensions = value[end..];
    const version = value["armv".len..@max(end, "armv".len)];
    if (std.mem.eql(u8, version, "8-a")) {
        if (extensions.len == 0) return null;
        return try std.mem.concat(allocator, u8, &.{ "-mcpu=generic", extensions });
    }
    const feature = try allocator.alloc(u8, std.mem.replacementSize(u8, version, "-a", "a"));
    _ = std.mem.replace(u8, version, "-a", "a", feature);
    std.mem.replaceScalar(u8, feature, '.', '_');
    return try std.mem.concat(allocator, u8, &.{ "-mcpu=generic+v", feature, extensions });
}
