//! Links with arguments that lld understands but zig does not let through.
//!
//! zig is asked to link without them and to show the command that it gives lld; that command is run again with them.
//! Archives may stand in it for the libc that is loaded beside the output.

const std = @import("std");
const processes = @import("processes.zig");
const response = @import("response.zig");

const maximum_bytes = 64 << 20;
const most_words_in_a_path = 16;

pub fn run(
    allocator: std.mem.Allocator,
    command: []const []const u8,
    linker_only: []const []const u8,
    output: []const u8,
) !u8 {
    return switch (try shown(allocator, command, &.{}, output)) {
        .failed => |status| status,
        .command => |link| again(allocator, link, linker_only),
    };
}

pub const Shown = union(enum) {
    /// lld's command, which writes the output that was asked for.
    command: []const []const u8,
    /// The status of zig, which gave up before.
    failed: u8,
};

/// Links once, elsewhere, and returns the command that zig gives lld; archives may stand in it for the libc.
pub fn shown(
    allocator: std.mem.Allocator,
    command: []const []const u8,
    instead_of_libc: []const []const u8,
    output: []const u8,
) !Shown {
    const folder = try processes.temporaryFolder(allocator);
    defer std.fs.cwd().deleteTree(folder) catch {};
    const first = try allocator.dupe([]const u8, command);
    const first_output = try std.fs.path.join(allocator, &.{ folder, "output" });
    for (first, 0..) |argument, index| {
        if (std.mem.eql(u8, argument, "-o") and index + 1 < first.len) first[index + 1] = first_output;
    }
    var environment = try std.process.getEnvMap(allocator);
    try environment.put("ZIG_VERBOSE_LINK", "1");
    const done = try std.process.Child.run(.{
        .allocator = allocator,
        .argv = try response.shorten(allocator, first, 2),
        .env_map = &environment,
        .max_output_bytes = maximum_bytes,
    });
    const line = linkCommand(done.stderr) orelse {
        try std.fs.File.stderr().writeAll(done.stderr);
        return .{ .failed = switch (done.term) {
            .Exited => |status| @max(status, 1),
            else => 1,
        } };
    };
    var link: std.ArrayList([]const u8) = .empty;
    try link.append(allocator, command[0]);
    for (try arguments(allocator, line)) |argument| {
        if (instead_of_libc.len > 0 and std.mem.eql(u8, std.fs.path.basename(argument), "libc.so")) {
            try link.appendSlice(allocator, instead_of_libc);
        } else try link.append(allocator, if (std.mem.eql(u8, argument, first_output)) output else argument);
    }
    return .{ .command = link.items };
}

/// Runs lld's command with more arguments; the last of each kind holds.
pub fn again(allocator: std.mem.Allocator, link: []const []const u8, more: []const []const u8) !u8 {
    const whole = try std.mem.concat(allocator, []const u8, &.{ link, more });
    return processes.wait(allocator, try response.shorten(allocator, whole, 2));
}

/// The last line that shows lld's command; none when zig gave up before.
fn linkCommand(text: []const u8) ?[]const u8 {
    var found: ?[]const u8 = null;
    var lines = std.mem.tokenizeScalar(u8, text, '\n');
    while (lines.next()) |line| {
        if (std.mem.startsWith(u8, line, "ld.lld -")) found = line;
    }
    return found;
}

/// Splits the line at blanks. zig does not quote: words that together name a file are put together again.
fn arguments(allocator: std.mem.Allocator, line: []const u8) ![]const []const u8 {
    var words: std.ArrayList([]const u8) = .empty;
    var ends = std.mem.splitScalar(u8, line, ' ');
    while (ends.next()) |word| if (word.len > 0) try words.append(allocator, word);
    var out: std.ArrayList([]const u8) = .empty;
    var index: usize = 0;
    while (index < words.items.len) {
        const count = pathLength(words.items[index..]);
        try out.append(allocator, try std.mem.join(allocator, " ", words.items[index .. index + count]));
        index += count;
    }
    return out.items;
}

/// How many words from the first on make up the name of a file that is there; 1 for everything else.
fn pathLength(words: []const []const u8) usize {
    if (words[0][0] == '-') return 1;
    var buffer: [std.fs.max_path_bytes]u8 = undefined;
    var length: usize = 0;
    for (words[0..@min(words.len, most_words_in_a_path)], 1..) |word, count| {
        if (length + word.len + 1 > buffer.len) return 1;
        if (count > 1) {
            buffer[length] = ' ';
            length += 1;
        }
        @memcpy(buffer[length..][0..word.len], word);
        length += word.len;
        std.fs.cwd().access(buffer[0..length], .{}) catch continue;
        return count;
    }
    return 1;
}
