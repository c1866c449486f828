//! Whether a C program or library takes from the unwinder: GCC links its own to each (GCC internals, "libgcc"; the specs
//! `%{!nodefaultlibs:%(link_gcc_c_sequence)}` and `-lgcc_eh` of its manual, Spec Files), zig to those in C++ alone.
//!
//! zig compiles the unwinder for the first program that asks for it: so it is asked for only where an input names one of
//! its functions (Itanium C++ ABI, Exception Handling, 1.1).

const std = @import("std");
const words = @import("words.zig");

const prefix = "_Unwind_";

pub fn isWanted(allocator: std.mem.Allocator, arguments: []const []const u8) !bool {
    for (arguments) |argument| if (words.is(argument, &.{ "-nodefaultlibs", "-nostdlib", "-r" })) return false;
    var folders: std.ArrayList([]const u8) = .empty;
    var libraries: std.ArrayList([]const u8) = .empty;
    var index: usize = 0;
    while (index < arguments.len) : (index += 1) {
        const argument = arguments[index];
        const apart = words.takesNext(argument) and index + 1 < arguments.len;
        if (apart) index += 1;
        if (words.starts(argument, &.{"-L"})) {
            try folders.append(allocator, if (apart) arguments[index] else argument[2..]);
        } else if (words.starts(argument, &.{"-l"})) {
            try libraries.append(allocator, if (apart) arguments[index] else argument[2..]);
        } else if (!apart and !words.isOption(argument) and names(argument)) return true;
    }
    for (libraries.items) |library| for (folders.items) |folder| {
        if (names(try std.fmt.allocPrint(allocator, "{s}/lib{s}.a", .{ folder, library }))) return true;
    };
    return false;
}

/// Whether a file holds the name of a function of the unwinder; what cannot be read is for zig to complain of.
fn names(path: []const u8) bool {
    const file = std.fs.cwd().openFile(path, .{}) catch return false;
    defer file.close();
    const stat = file.stat() catch return false;
    if (stat.kind != .file or stat.size < prefix.len) return false;
    const content = std.posix.mmap(null, stat.size, std.posix.PROT.READ, .{ .TYPE = .PRIVATE }, file.handle, 0) catch return false;
    defer std.posix.munmap(content);
    return std.mem.indexOf(u8, content, prefix) != null;
}
