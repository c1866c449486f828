//! The compiler, archiver, linker and strip command that a project's build calls: one small program under several names.
//!
//! It turns a command line written for GCC and GNU ld into one that zig understands, and replaces itself by zig.
//! What it aims at stands in `wrapper.conf` beside it.

const std = @import("std");
const archive = @import("archive.zig");
const configuration = @import("configuration.zig");
const driver = @import("driver.zig");
const ld = @import("ld.zig");
const queries = @import("queries.zig");
const response = @import("response.zig");
const strip = @import("strip.zig");
const supervise = @import("supervise.zig");
const words = @import("words.zig");

pub fn main() u8 {
    var arena = std.heap.ArenaAllocator.init(std.heap.page_allocator);
    return run(arena.allocator()) catch |problem| {
        std.debug.print("everylinux: the compiler wrapper failed: {s}\n", .{@errorName(problem)});
        return 1;
    };
}

fn run(allocator: std.mem.Allocator) !u8 {
    const given = try std.process.argsAlloc(allocator);
    const name = configuration.toolName(given[0]);
    if (std.mem.eql(u8, name, "supervise")) return supervise.run(allocator, given[1..]);
    if (std.mem.eql(u8, name, "strip")) return strip.run(allocator, given[1..]);

    if (std.mem.eql(u8, name, "ld")) return ld.run(allocator, given[1..]);

    const settings = try configuration.read(allocator);
    var arguments: std.ArrayList([]const u8) = .empty;
    for (given[1..]) |argument| try arguments.append(allocator, argument);
    if (!configuration.isCompiler(name)) {
        if (std.mem.eql(u8, name, "ar")) arguments = try archive.withoutThin(allocator, arguments.items);
        try arguments.insertSlice(allocator, 0, &.{ settings.zig, name });
        return std.process.execv(allocator, arguments.items);
    }
    const expanded = try response.expand(allocator, arguments.items);
    if (try queries.answer(settings, expanded)) return 0;
    if (queries.asksVersion(expanded)) return std.process.execv(allocator, &.{ settings.zig, "cc", "-dumpversion" });
    if (queries.asksAnotherCompiler(expanded)) {
        std.debug.print("error: unrecognized command-line option '{s}'\n", .{expanded[0]});
        return 1;
    }
    // clang would be told of zig's target, which it does not know, and say so.
    if (expanded.len == 1 and words.is(expanded[0], &.{"--help"})) return std.process.execv(allocator, &.{ settings.zig, "cc", "--help" });
    if (queries.asksLinker(expanded)) return std.process.execv(allocator, &.{ settings.zig, "ld.lld", "--version" });
    if (queries.asksWho(expanded)) |question| {
        return std.process.execv(allocator, &.{ settings.zig, "cc", "-target", queries.plainTarget(settings.target), question });
    }
    return driver.run(allocator, settings, if (configuration.isCxx(name)) "c++" else "cc", expanded);
}
