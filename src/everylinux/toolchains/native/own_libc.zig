//! Links a shared object that has a libc of its own inside: it asks for no library, and shows nothing of it.
//!
//! What the judge needs is left in a folder: the build's own are gone by then.

const std = @import("std");
const configuration = @import("configuration.zig");
const processes = @import("processes.zig");
const relink = @import("relink.zig");
const words = @import("words.zig");

pub fn run(
    allocator: std.mem.Allocator,
    settings: configuration.Settings,
    command: []const []const u8,
    linker_only: []const []const u8,
    output: []const u8,
) !u8 {
    const link = switch (try relink.shown(allocator, command, settings.module_libc, output)) {
        .failed => |status| return status,
        .command => |found| found,
    };
    const left = try std.fmt.allocPrint(allocator, "{s}/{x}", .{ settings.maps, std.crypto.random.int(u64) });
    const own = [_][]const u8{
        "--exclude-libs=ALL",
        // By its identity a file is known again, whatever becomes of its name and its symbols.
        "--build-id=sha1",
        try std.mem.concat(allocator, u8, &.{ "-Map=", left, ".map" }),
    };
    const status = try relink.again(allocator, link, try std.mem.concat(allocator, []const u8, &.{ linker_only, &own }));
    if (status != 0) return status;
    const cwd = std.fs.cwd();
    try cwd.copyFile(output, cwd, try std.mem.concat(allocator, u8, &.{ left, ".so" }), .{});
    return references(allocator, link, linker_only, left);
}

/// Links once more with everything in sight: of what is hidden lld does not say who asks for it.
fn references(
    allocator: std.mem.Allocator,
    link: []const []const u8,
    linker_only: []const []const u8,
    left: []const u8,
) !u8 {
    const folder = try processes.temporaryFolder(allocator);
    defer std.fs.cwd().deleteTree(folder) catch {};
    const own = [_][]const u8{
        "-o",
        try std.fs.path.join(allocator, &.{ folder, "output" }),
        "--cref",
        try std.mem.concat(allocator, u8, &.{ "-Map=", left, ".references" }),
    };
    const seen = try inSight(allocator, link);
    const more = try inSight(allocator, linker_only);
    return relink.again(allocator, seen, try std.mem.concat(allocator, []const u8, &.{ more, &own }));
}

/// Leaves out what hides symbols.
fn inSight(allocator: std.mem.Allocator, arguments: []const []const u8) ![]const []const u8 {
    var kept: std.ArrayList([]const u8) = .empty;
    var index: usize = 0;
    while (index < arguments.len) : (index += 1) {
        const option = std.mem.trimLeft(u8, arguments[index], "-");
        if (words.is(option, &.{ "version-script", "exclude-libs" })) {
            index += 1;
        } else if (!words.starts(option, &.{ "version-script=", "exclude-libs=" })) {
            try kept.append(allocator, arguments[index]);
        }
    }
    return kept.items;
}
