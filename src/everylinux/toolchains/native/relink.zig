//! Links with arguments that lld understands but zig does not let through.
//!
//! zig is asked to link without them and to show the command that it gives lld; that command is run again with them.

const std = @import("std");
const response = @import("response.zig");

const maximum_bytes = 64 << 20;

pub fn run(
    allocator: std.mem.Allocator,
    command: []const []const u8,
    linker_only: []const []const u8,
    output: []const u8,
) !u8 {
    // zig shows the command with blanks between its words: the output must not have any in its name.
    const first = try allocator.dupe([]const u8, command);
    for (first, 0..) |argument, index| {
        if (std.mem.eql(u8, argument, "-o") and index + 1 < first.len) first[index + 1] = "/dev/null";
    }
    var environment = try std.process.getEnvMap(allocator);
    try environment.put("ZIG_VERBOSE_LINK", "1");
    const done = try std.process.Child.run(.{
        .allocator = allocator,
        .argv = try response.shorten(allocator, first, 2),
        .env_map = &environment,
        .max_output_bytes = maximum_bytes,
    });
    const shown = linkCommand(done.stderr) orelse {
        try std.fs.File.stderr().writeAll(done.stderr);
        return switch (done.term) {
            .Exited => |status| @max(status, 1),
            else => 1,
        };
    };
    var link: std.ArrayList([]const u8) = .empty;
    try link.append(allocator, command[0]);
    var words = std.mem.tokenizeScalar(u8, shown, ' ');
    while (words.next()) |word| {
        try link.append(allocator, word);
        if (!std.mem.eql(u8, word, "-o")) continue;
        _ = words.next();
        try link.append(allocator, output);
    }
    try link.appendSlice(allocator, linker_only);
    return std.process.execv(allocator, try response.shorten(allocator, link.items, 2));
}

/// The last line that shows lld's command. Fails to find it when the first link was refused before lld.
fn linkCommand(text: []const u8) ?[]const u8 {
    var found: ?[]const u8 = null;
    var lines = std.mem.tokenizeScalar(u8, text, '\n');
    while (lines.next()) |line| {
        if (std.mem.startsWith(u8, line, "ld.lld -")) found = line;
    }
    return found;
}
