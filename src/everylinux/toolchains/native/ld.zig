//! The linker by its own name, as Makefiles call it (`ld -r`, `ld -r -b binary`): lld for the target.
//!
//! This machine's own compilers look for `ld` on PATH, too, where it stands first: for them it is the next one there.

const std = @import("std");
const configuration = @import("configuration.zig");
const words = @import("words.zig");

pub fn run(allocator: std.mem.Allocator, arguments: []const []const u8) !u8 {
    const settings = try configuration.read(allocator);
    const emulation = emulationOf(arguments);
    if (isCalledByGcc() or (emulation != null and !std.mem.eql(u8, emulation.?, settings.emulation))) {
        if (try next(allocator)) |program| return execute(allocator, &.{program}, arguments);
    }
    const first = [_][]const u8{ settings.zig, "ld.lld", "-m", settings.emulation };
    return execute(allocator, if (emulation == null) &first else first[0..2], arguments);
}

/// What `-m` names: the emulation (ld(1)). `-m` alone is an option of lld's in no other sense.
fn emulationOf(arguments: []const []const u8) ?[]const u8 {
    for (arguments, 0..) |argument, index| {
        if (words.is(argument, &.{"-m"})) return if (index + 1 < arguments.len) arguments[index + 1] else null;
        if (words.starts(argument, &.{ "-mel", "-maarch", "-marm" })) return argument[2..];
    }
    return null;
}

/// gcc tells its linker who calls (GCC internals, collect2).
fn isCalledByGcc() bool {
    return std.posix.getenv("COLLECT_GCC") != null;
}

/// The first `ld` on PATH that is not in our own folder.
fn next(allocator: std.mem.Allocator) !?[]const u8 {
    const own = std.fs.path.dirname(try std.fs.selfExePathAlloc(allocator)) orelse "";
    var folders = std.mem.tokenizeScalar(u8, std.posix.getenv("PATH") orelse return null, ':');
    while (folders.next()) |folder| {
        const resolved = std.fs.cwd().realpathAlloc(allocator, folder) catch continue;
        if (std.mem.eql(u8, resolved, own)) continue;
        const path = try std.fs.path.join(allocator, &.{ resolved, "ld" });
        std.posix.access(path, std.posix.X_OK) catch continue;
        return path;
    }
    return null;
}

fn execute(allocator: std.mem.Allocator, command: []const []const u8, arguments: []const []const u8) !u8 {
    return std.process.execv(allocator, try std.mem.concat(allocator, []const u8, &.{ command, arguments }));
}
