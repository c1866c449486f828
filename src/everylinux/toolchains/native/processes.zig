//! Running a command and waiting for it, and a folder for what lies between two of them.

const std = @import("std");

/// Makes a folder that the caller removes.
pub fn temporaryFolder(allocator: std.mem.Allocator) ![]const u8 {
    const parent = std.posix.getenv("TMPDIR") orelse "/tmp";
    const path = try std.fmt.allocPrint(allocator, "{s}/everylinux-cc-{x}", .{ parent, std.crypto.random.int(u64) });
    try std.fs.cwd().makeDir(path);
    return path;
}

/// Returns the status of a command, 1 when a signal ended it.
pub fn wait(allocator: std.mem.Allocator, command: []const []const u8) !u8 {
    var child: std.process.Child = .init(command, allocator);
    return switch (try child.spawnAndWait()) {
        .Exited => |status| status,
        else => 1,
    };
}
