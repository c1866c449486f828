//! `strip` for the executables and shared objects of any CPU: what no loader reads is left out.
//!
//! Objects and archives stay as they are: a linker needs their symbols.

const std = @import("std");
const elf = std.elf;

const maximum_bytes = 2 << 30;

pub fn run(allocator: std.mem.Allocator, arguments: []const [:0]u8) !u8 {
    var output: ?[]const u8 = null;
    var inputs: std.ArrayList([]const u8) = .empty;
    var index: usize = 0;
    while (index < arguments.len) : (index += 1) {
        const argument = arguments[index];
        const next = index + 1 < arguments.len;
        if (std.mem.eql(u8, argument, "-o") and next) {
            index += 1;
            output = arguments[index];
        } else if (next and takesValue(argument)) {
            index += 1;
        } else if (argument.len == 0 or argument[0] != '-') {
            try inputs.append(allocator, argument);
        }
    }
    for (inputs.items) |input| try stripFile(allocator, input, output orelse input);
    return 0;
}

fn takesValue(argument: []const u8) bool {
    for ([_][]const u8{ "-K", "-N", "-R", "-F", "-I", "-O" }) |option| {
        if (std.mem.eql(u8, argument, option)) return true;
    }
    return false;
}

fn stripFile(allocator: std.mem.Allocator, input: []const u8, output: []const u8) !void {
    const content = try std.fs.cwd().readFileAlloc(allocator, input, maximum_bytes);
    const stat = try std.fs.cwd().statFile(input);
    const stripped = try strip(allocator, content);
    var buffer: [4096]u8 = undefined;
    var file = try std.fs.cwd().atomicFile(output, .{ .mode = stat.mode, .write_buffer = &buffer });
    defer file.deinit();
    try file.file_writer.interface.writeAll(stripped);
    try file.finish();
}

/// Returns the bytes up to the end of the last segment, without a section table; other files as they are.
fn strip(allocator: std.mem.Allocator, content: []u8) ![]const u8 {
    var reader: std.Io.Reader = .fixed(content);
    const header = elf.Header.read(&reader) catch return content;
    if (header.type != .EXEC and header.type != .DYN) return content;
    var end: u64 = header.phoff + @as(u64, header.phnum) * header.phentsize;
    var segments = header.iterateProgramHeadersBuffer(content);
    while (segments.next() catch return content) |segment| end = @max(end, segment.p_offset +| segment.p_filesz);
    if (end > content.len) return content;
    const kept = try allocator.dupe(u8, content[0..@intCast(end)]);
    if (header.is_64) {
        clearSections(elf.Elf64_Ehdr, kept);
    } else clearSections(elf.Elf32_Ehdr, kept);
    return kept;
}

fn clearSections(comptime Ehdr: type, content: []u8) void {
    inline for (.{ "e_shoff", "e_shnum", "e_shstrndx" }) |field| {
        const offset = @offsetOf(Ehdr, field);
        @memset(content[offset .. offset + @sizeOf(@FieldType(Ehdr, field))], 0);
    }
}
