//! Runs a command whose whole process group dies when the program that started it does, even when that was killed.

const std = @import("std");
const linux = std.os.linux;
const posix = std.posix;

/// The first argument is the process number of the program that starts this one, as the leader of a group.
pub fn run(allocator: std.mem.Allocator, arguments: []const [:0]u8) !u8 {
    if (arguments.len < 2) return error.NoCommand;
    const starter = try std.fmt.parseInt(i32, arguments[0], 10);
    posix.sigaction(posix.SIG.TERM, &.{
        .handler = .{ .handler = endGroup },
        .mask = posix.sigemptyset(),
        .flags = 0,
    }, null);
    _ = try posix.prctl(posix.PR.SET_PDEATHSIG, .{posix.SIG.TERM});
    if (linux.getppid() != starter) return error.StarterDied; // before the request was made

    const child = try posix.fork();
    if (child == 0) return std.process.execv(allocator, @ptrCast(arguments[1..]));
    const status = posix.waitpid(child, 0).status;
    if (posix.W.IFEXITED(status)) return posix.W.EXITSTATUS(status);
    const signal = posix.W.TERMSIG(status);
    posix.sigaction(@intCast(signal), &.{
        .handler = .{ .handler = posix.SIG.DFL },
        .mask = posix.sigemptyset(),
        .flags = 0,
    }, null);
    try posix.raise(@intCast(signal));
    return 1;
}

/// The group is this program's own: it and everything that the command started.
fn endGroup(_: c_int) callconv(.c) void {
    _ = linux.kill(0, posix.SIG.KILL);
}
