//! Runs a command that dies when the program that started it does, even when that one was killed.

const std = @import("std");

/// The first argument is the process number of the program that starts this one.
pub fn run(allocator: std.mem.Allocator, arguments: []const [:0]u8) !u8 {
    if (arguments.len < 2) return error.NoCommand;
    const parent = try std.fmt.parseInt(i32, arguments[0], 10);
    _ = try std.posix.prctl(std.posix.PR.SET_PDEATHSIG, .{std.posix.SIG.KILL});
    if (std.os.linux.getppid() != parent) return error.StarterDied; // before the request was made
    return std.process.execv(allocator, @ptrCast(arguments[1..]));
}
