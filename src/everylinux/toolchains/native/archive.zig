//! `ar` never makes a thin archive, which only names its members' files: zig cannot link one.

const std = @import("std");
const words = @import("words.zig");

/// Leaves out `--thin` and the letter T among the operation's letters (`csrDT`, as Meson has it).
pub fn withoutThin(allocator: std.mem.Allocator, arguments: []const []const u8) !std.ArrayList([]const u8) {
    var out: std.ArrayList([]const u8) = .empty;
    var seen_operation = false;
    for (arguments) |argument| {
        if (words.is(argument, &.{"--thin"})) continue;
        if (seen_operation or words.starts(argument, &.{ "--", "@" })) {
            try out.append(allocator, argument);
            continue;
        }
        seen_operation = true;
        const letters = try allocator.alloc(u8, argument.len - std.mem.count(u8, argument, "T"));
        _ = std.mem.replace(u8, argument, "T", "", letters);
        try out.append(allocator, letters);
    }
    return out;
}
