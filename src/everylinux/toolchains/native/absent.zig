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
    var imported = Imported.of(content) orelse return 0;
    while (imported.next()) |name| {
        if (!absent.contains(name)) continue;
        std.debug.print("ld.lld: error: undefined symbol: {s}\n", .{name});
        std.fs.cwd().deleteFile(program) catch {};
        return 1;
    }
    return 0;
}

/// The names that a program takes from its libraries: those that its table for the loader has and does not define (gABI,
/// Symbol Table). A variable is among them: zig compiles C as PIC, so that none is copied into the program.
const Imported = struct {
    header: elf.Header,
    symbols: []const u8,
    texts: []const u8,
    index: usize = 0,

    /// Null where there is no such table: a static program takes nothing.
    fn of(content: []const u8) ?Imported {
        if (content.len < @sizeOf(elf.Elf64_Ehdr)) return null;
        var reader: std.Io.Reader = .fixed(content);
        const header = elf.Header.read(&reader) catch return null;
        const size: u64 = if (header.is_64) @sizeOf(elf.Elf64_Shdr) else @sizeOf(elf.Elf32_Shdr);
        if (header.shoff > content.len or size * header.shnum > content.len - header.shoff) return null;
        const symbols = section(header, content, elf.SHT_DYNSYM, null) orelse return null;
        const texts = section(header, content, elf.SHT_STRTAB, symbols.sh_link) orelse return null;
        return .{ .header = header, .symbols = bytes(content, symbols), .texts = bytes(content, texts) };
    }

    fn next(self: *Imported) ?[]const u8 {
        return if (self.header.is_64) self.nextOf(elf.Elf64_Sym) else self.nextOf(elf.Elf32_Sym);
    }

    fn nextOf(self: *Imported, comptime Symbol: type) ?[]const u8 {
        while ((self.index + 1) * @sizeOf(Symbol) <= self.symbols.len) {
            var reader: std.Io.Reader = .fixed(self.symbols[self.index * @sizeOf(Symbol) ..]);
            const symbol = reader.takeStruct(Symbol, self.header.endian) catch return null;
            self.index += 1;
            if (symbol.st_shndx != elf.SHN_UNDEF or symbol.st_name >= self.texts.len) continue;
            return std.mem.sliceTo(self.texts[symbol.st_name..], 0);
        }
        return null;
    }
};

/// The first section of a type, or the one at a place if it has that type.
fn section(header: elf.Header, content: []const u8, kind: u32, place: ?u32) ?elf.Elf64_Shdr {
    var sections = header.iterateSectionHeadersBuffer(content);
    var index: u32 = 0;
    while (sections.next() catch null) |found| : (index += 1) {
        if (found.sh_type == kind and index == (place orelse index)) return found;
    }
    return null;
}

fn bytes(content: []const u8, of: elf.Elf64_Shdr) []const u8 {
    const end = std.math.add(u64, of.sh_offset, of.sh_size) catch return "";
    return if (end <= content.len) content[@intCast(of.sh_offset)..@intCast(end)] else "";
}
