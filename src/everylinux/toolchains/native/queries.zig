//! Questions about the compiler that zig would answer with this machine's folders, or not at all.

const std = @import("std");
const configuration = @import("configuration.zig");
const words = @import("words.zig");

/// Prints the answer and returns true when the command line asks one of GCC's `-print-…` or `-dump…` questions.
pub fn answer(settings: configuration.Settings, arguments: []const []const u8) !bool {
    for (arguments) |argument| {
        const question = trimDashes(argument);
        if (std.mem.eql(u8, question, "dumpmachine")) {
            try print("{s}\n", .{settings.machine});
        } else if (std.mem.eql(u8, question, "print-multiarch")) {
            try print("{s}\n", .{settings.multiarch});
        } else if (std.mem.eql(u8, question, "print-sysroot") or std.mem.eql(u8, question, "print-multi-lib")) {
            try print("\n", .{});
        } else if (std.mem.eql(u8, question, "print-multi-directory")) {
            try print(".\n", .{});
        } else if (std.mem.eql(u8, question, "print-multi-os-directory")) {
            try print("../lib\n", .{});
        } else if (std.mem.eql(u8, question, "print-libgcc-file-name")) {
            try print("libgcc.a\n", .{});
        } else if (std.mem.eql(u8, question, "print-search-dirs")) {
            try print("install: /\nprograms: =/\nlibraries: =", .{});
            for (settings.libraries, 0..) |folder, index| try print("{s}{s}", .{ if (index == 0) "" else ":", folder });
            try print("\n", .{});
        } else if (valueOf(question, "print-file-name=")) |name| {
            try printFile(settings.libraries, name);
        } else if (valueOf(question, "print-prog-name=")) |name| {
            try print("{s}\n", .{name});
        } else continue;
        return true;
    }
    return false;
}

/// Whether the compiler's version is asked: told of zig's target, clang would answer it and end with an error.
pub fn asksVersion(arguments: []const []const u8) bool {
    for (arguments) |argument| if (words.is(argument, &.{ "-dumpversion", "-dumpfullversion" })) return true;
    return false;
}

/// The question who the compiler is, null where it is not asked: `-v` asks it only where there is nothing to compile.
pub fn asksWho(arguments: []const []const u8) ?[]const u8 {
    for (arguments) |argument| if (words.is(argument, &.{"--version"})) return argument;
    var asked: ?[]const u8 = null;
    for (arguments) |argument| {
        if (!words.isOption(argument) or words.starts(argument, &.{"-l"})) return null;
        if (words.is(argument, &.{"-v"})) asked = argument;
    }
    return asked;
}

/// zig's target as clang understands it: without glibc's floor.
pub fn plainTarget(target: []const u8) []const u8 {
    return target[0 .. std.mem.indexOfScalar(u8, target, '.') orelse target.len];
}

/// Whether other compilers' question for a version is asked, to which GCC says that it is no option of its own.
pub fn asksAnotherCompiler(arguments: []const []const u8) bool {
    return arguments.len == 1 and words.is(arguments[0], &.{ "-V", "-qversion", "-version" });
}

/// Whether only the linker is asked who it is; Meson knows a linker by this answer. zig wants inputs first.
pub fn asksLinker(arguments: []const []const u8) bool {
    var asks = false;
    for (arguments) |argument| {
        if (!words.isOption(argument)) return false;
        if (words.is(argument, &.{ "-Wl,--version", "-Wl,-version", "-Wl,-v", "-Wl,-V" })) asks = true;
    }
    return asks;
}

/// GCC prints the bare name of a file that it does not find.
fn printFile(folders: []const []const u8, name: []const u8) !void {
    var buffer: [std.fs.max_path_bytes]u8 = undefined;
    for (folders) |folder| {
        const path = std.fmt.bufPrint(&buffer, "{s}/{s}", .{ folder, name }) catch continue;
        std.fs.cwd().access(path, .{}) catch continue;
        return print("{s}\n", .{path});
    }
    return print("{s}\n", .{name});
}

fn trimDashes(argument: []const u8) []const u8 {
    if (std.mem.startsWith(u8, argument, "--")) return argument[2..];
    if (std.mem.startsWith(u8, argument, "-")) return argument[1..];
    return "";
}

fn valueOf(question: []const u8, prefix: []const u8) ?[]const u8 {
    return if (std.mem.startsWith(u8, question, prefix)) question[prefix.len..] else null;
}

fn print(comptime format: []const u8, values: anytype) !void {
    var buffer: [std.fs.max_path_bytes + 64]u8 = undefined;
    try std.fs.File.stdout().writeAll(try std.fmt.bufPrint(&buffer, format, values));
}
