//! What a project tries of a libc, answered for another one, too: a function that the other lacks is not there.
//!
//! A trial (configure, CMake, Meson) is a C program that calls the function, and linking it is the answer. Names with an
//! underscore first are the libc's own, and stand in every program.

const std = @import("std");
const elf = std.elf;

const maximum_bytes = 4 << 20;

/// Answers for a trial that was linked: returns 0, or 1 where it calls one of the `names` in a file; then the program is
/// removed, and the linker's own words say which.
pub fn answer(allocator: std.mem.Allocator, names: []const u8, program: []const u8) !u8 {
    const content = std.fs.cwd().readFileAlloc(allocator, program, maximum_bytes) catch return 0;
    var absent: std.StringHashMapUnmanaged(void) = .empty;
    var lines = std.mem.tokenizeScalar(u8, try std.fs.cwd().readFileAlloc(allocator, names, maximum_bytes), '\n');
    while (lines.next()) |name| if (name[0] != '_') try absent.put(allocator, name, {});
    var texts = std.mem.tokenizeScalar(u8, dynamicNames(content), 0);
    while (texts.next()) |text| {
        if (!absent.contains(text)) continue;
        std.debug.print("ld.lld: error: undefined symbol: {s}\n", .{text});
        std.fs.cwd().deleteFile(program) catch {};
        return 1;
    }
    return 0;
}

/// The string table that the loader reads: names in it end with a zero (gABI, String Table). Empty where there is none.
fn dynamicNames(content: []const u8) []const u8 {
    if (content.len < @sizeOf(elf.Elf32_Ehdr)) return "";
    var reader: std.Io.Reader = .fixed(content);
    const header = elf.Header.read(&reader) catch return "";
    if (header.shoff > content.len) return "";
    var sections = header.iterateSectionHeadersBuffer(content);
    while (sections.next() catch null) |section| {
        if (section.sh_type != elf.SHT_STRTAB or section.sh_flags & elf.SHF_ALLOC == 0) continue;
        const end = std.math.add(u64, section.sh_offset, section.sh_size) catch return "";
        return if (end <= content.len) content[@intCast(section.sh_offset)..@intCast(end)] else "";
    }
    return "";
}
