//! Response files: `@file` is read as GCC reads it, and a command line too long for the kernel is passed as one.

const std = @import("std");

const maximum_bytes = 64 << 20;
const maximum_depth = 16;
/// Linux refuses a command line of more than a quarter of the stack limit, 2 MiB by default (execve(2)).
const longest_command = 1 << 20;

const Error = error{ OutOfMemory, TooManyResponseFiles };

pub fn expand(allocator: std.mem.Allocator, arguments: []const []const u8) Error![]const []const u8 {
    for (arguments) |argument| {
        if (std.mem.startsWith(u8, argument, "@")) break;
    } else return arguments;
    var out: std.ArrayList([]const u8) = .empty;
    try expandInto(allocator, &out, arguments, 0);
    return out.items;
}

fn expandInto(
    allocator: std.mem.Allocator,
    out: *std.ArrayList([]const u8),
    arguments: []const []const u8,
    depth: usize,
) Error!void {
    if (depth > maximum_depth) return error.TooManyResponseFiles;
    for (arguments) |argument| {
        if (argument.len < 2 or argument[0] != '@') {
            try out.append(allocator, argument);
            continue;
        }
        // A file that cannot be read is an ordinary argument (GCC manual, Overall Options).
        const text = std.fs.cwd().readFileAlloc(allocator, argument[1..], maximum_bytes) catch {
            try out.append(allocator, argument);
            continue;
        };
        try expandInto(allocator, out, try split(allocator, text), depth + 1);
    }
}

/// Splits at white space; quotes group, a backslash takes the next character as it is.
pub fn split(allocator: std.mem.Allocator, text: []const u8) error{OutOfMemory}![]const []const u8 {
    var words: std.ArrayList([]const u8) = .empty;
    var word: std.ArrayList(u8) = .empty;
    var inside = false;
    var quote: u8 = 0;
    var index: usize = 0;
    while (index < text.len) : (index += 1) {
        const character = text[index];
        if (quote == 0 and std.ascii.isWhitespace(character)) {
            if (inside) try words.append(allocator, try word.toOwnedSlice(allocator));
            inside = false;
            continue;
        }
        inside = true;
        if (character == '\\' and index + 1 < text.len) {
            index += 1;
            try word.append(allocator, text[index]);
        } else if (quote != 0 and character == quote) {
            quote = 0;
        } else if (quote == 0 and (character == '"' or character == '\'')) {
            quote = character;
        } else try word.append(allocator, character);
    }
    if (inside) try words.append(allocator, try word.toOwnedSlice(allocator));
    return words.items;
}

/// Puts everything after the first `kept` arguments into a file in memory when the whole is too long.
pub fn shorten(allocator: std.mem.Allocator, command: []const []const u8, kept: usize) ![]const []const u8 {
    var length: usize = 0;
    for (command) |argument| length += argument.len + 1;
    if (length < longest_command) return command;
    const handle = try std.posix.memfd_create("arguments", 0);
    var text: std.ArrayList(u8) = .empty;
    for (command[kept..]) |argument| {
        try text.append(allocator, '"');
        for (argument) |character| {
            if (character == '"' or character == '\\') try text.append(allocator, '\\');
            try text.append(allocator, character);
        }
        try text.appendSlice(allocator, "\"\n");
    }
    const file: std.fs.File = .{ .handle = handle };
    try file.writeAll(text.items);
    var short: std.ArrayList([]const u8) = .empty;
    try short.appendSlice(allocator, command[0..kept]);
    try short.append(allocator, try std.fmt.allocPrint(allocator, "@/proc/self/fd/{d}", .{handle}));
    return short.items;
}
