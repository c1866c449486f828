//! `strip` for the executables and shared objects of any CPU.
//!
//! Objects and archives stay as they are: a linker needs their symbols.

const std = @import("std");
const elf = std.elf;
const words = @import("words.zig");

const maximum_bytes = 2 << 30;
const alignment = 16;

pub const What = enum { debug, all };

pub fn run(allocator: std.mem.Allocator, arguments: []const [:0]u8) !u8 {
    var what: What = .all;
    var output: ?[]const u8 = null;
    var inputs: std.ArrayList([]const u8) = .empty;
    var index: usize = 0;
    while (index < arguments.len) : (index += 1) {
        const argument = arguments[index];
        const next = index + 1 < arguments.len;
        if (words.is(argument, &.{ "-g", "-S", "-d", "--strip-debug", "--strip-unneeded" })) {
            what = .debug;
        } else if (words.is(argument, &.{"-o"}) and next) {
            index += 1;
            output = arguments[index];
        } else if (words.is(argument, &.{ "-K", "-N", "-R", "-F", "-I", "-O" }) and next) {
            index += 1;
        } else if (!words.isOption(argument)) try inputs.append(allocator, argument);
    }
    for (inputs.items) |input| try stripFile(allocator, what, input, output orelse input);
    return 0;
}

pub fn stripFile(allocator: std.mem.Allocator, what: What, input: []const u8, output: []const u8) !void {
    const content = try std.fs.cwd().readFileAlloc(allocator, input, maximum_bytes);
    const stat = try std.fs.cwd().statFile(input);
    const stripped = try strip(allocator, what, content);
    var buffer: [4096]u8 = undefined;
    var file = try std.fs.cwd().atomicFile(output, .{ .mode = stat.mode, .write_buffer = &buffer });
    defer file.deinit();
    try file.file_writer.interface.writeAll(stripped);
    try file.finish();
}

/// Returns the file without what is stripped; anything but a whole executable or shared object as it is.
fn strip(allocator: std.mem.Allocator, what: What, content: []u8) ![]const u8 {
    if (content.len < @sizeOf(elf.Elf32_Ehdr)) return content;
    var reader: std.Io.Reader = .fixed(content);
    const header = elf.Header.read(&reader) catch return content;
    if (header.type != .EXEC and header.type != .DYN) return content;
    return switch (header.is_64) {
        inline else => |is_64| File(is_64).strip(allocator, what, content, header) catch |problem| switch (problem) {
            error.OutOfMemory => problem,
            error.Damaged => content,
        },
    };
}

fn File(comptime is_64: bool) type {
    const Ehdr = if (is_64) elf.Elf64_Ehdr else elf.Elf32_Ehdr;
    const Phdr = if (is_64) elf.Elf64_Phdr else elf.Elf32_Phdr;
    const Shdr = if (is_64) elf.Elf64_Shdr else elf.Elf32_Shdr;
    const Sym = if (is_64) elf.Elf64_Sym else elf.Elf32_Sym;

    return struct {
        content: []const u8,
        swap: bool,

        const Self = @This();

        /// What segments load stays where it is; the sections that are kept behind them move up, and so do segments that
        /// only tell of one (PT_RISCV_ATTRIBUTES).
        fn strip(allocator: std.mem.Allocator, what: What, content: []const u8, header: elf.Header) ![]const u8 {
            const self: Self = .{ .content = content, .swap = header.endian != @import("builtin").cpu.arch.endian() };
            var sections: [512]Shdr = undefined;
            const count = header.shnum;
            if (count == 0 or count > sections.len or header.shstrndx >= count) return error.Damaged;
            for (sections[0..count], 0..) |*section, number| section.* = try self.at(Shdr, header.shoff, number);
            const before = sections;
            const names = sections[header.shstrndx];

            var out: std.ArrayList(u8) = .empty;
            var strings: std.ArrayList(u8) = .empty;
            var strings_of: ?usize = null;
            const end = try self.loadedEnd(header);
            try out.appendSlice(allocator, try self.bytes(0, end));
            var renumbered: [512]u16 = @splat(0);
            var kept: u16 = 0;
            for (sections[0..count], 0..) |*section, number| {
                if (number != header.shstrndx and self.removed(what, section.*, names)) continue;
                renumbered[number] = kept;
                kept += 1;
                if (section.sh_flags & elf.SHF_ALLOC != 0 or section.sh_type == elf.SHT_NULL) continue;
                const data = try self.bytes(section.sh_offset, section.sh_size);
                try pad(allocator, &out);
                section.sh_offset = @intCast(out.items.len);
                if (section.sh_type == elf.SHT_SYMTAB and isApart(before[0..count], number, header.shstrndx)) {
                    strings_of = section.sh_link;
                    section.sh_info = try self.appendSymbols(allocator, &out, &strings, data, before[section.sh_link]);
                } else try out.appendSlice(allocator, if (number == strings_of) strings.items else data);
                section.sh_size = @intCast(out.items.len - section.sh_offset);
            }
            for (0..header.phnum) |number| {
                var segment = try self.at(Phdr, header.phoff, number);
                if (segment.p_type == elf.PT_LOAD or segment.p_offset < end) continue;
                for (before[0..count], sections[0..count]) |old, new| {
                    if (old.sh_type != elf.SHT_NULL and old.sh_offset == segment.p_offset) segment.p_offset = new.sh_offset;
                }
                const place: usize = @intCast(header.phoff + number * @sizeOf(Phdr));
                @memcpy(out.items[place..][0..@sizeOf(Phdr)], std.mem.asBytes(&self.swapped(Phdr, segment)));
            }
            try pad(allocator, &out);
            const table = out.items.len;
            for (sections[0..count], 0..) |section, number| {
                if (number > 0 and renumbered[number] == 0) continue;
                if (section.sh_type == elf.SHT_SYMTAB) try self.renumberSymbols(out.items, section, renumbered[0..count]);
                var written = section;
                if (section.sh_link < count) written.sh_link = renumbered[section.sh_link];
                try out.appendSlice(allocator, std.mem.asBytes(&self.swapped(Shdr, written)));
            }
            var first = try self.at(Ehdr, 0, 0);
            first.e_shoff = @intCast(table);
            first.e_shnum = kept;
            first.e_shstrndx = renumbered[header.shstrndx];
            @memcpy(out.items[0..@sizeOf(Ehdr)], std.mem.asBytes(&self.swapped(Ehdr, first)));
            return out.items;
        }

        fn removed(self: Self, what: What, section: Shdr, names: Shdr) bool {
            if (section.sh_flags & elf.SHF_ALLOC != 0 or section.sh_type == elf.SHT_NULL) return false;
            const table = self.bytes(names.sh_offset, names.sh_size) catch return false;
            if (section.sh_name >= table.len) return false;
            const name = std.mem.sliceTo(table[section.sh_name..], 0);
            if (words.starts(name, &.{ ".debug", ".zdebug", ".gdb_index" })) return true;
            return what == .all and words.is(name, &.{ ".symtab", ".strtab" });
        }

        /// Whether nothing else counts on a table of symbols or its names: no relocations that were kept (`--emit-relocs`), no
        /// other table, none of the names of sections; and the names come behind it.
        fn isApart(sections: []const Shdr, table: usize, names: usize) bool {
            const strings = sections[table].sh_link;
            if (strings <= table or strings >= sections.len or strings == names) return false;
            for (sections, 0..) |section, number| {
                if (number != table and section.sh_type != elf.SHT_NULL and (section.sh_link == table or section.sh_link == strings)) return false;
            }
            return true;
        }

        /// Appends a table of symbols, and their names to `strings`, without labels of the assembler's (`.L…`); returns how many
        /// are local. Those labels are left in objects for RISC-V; GNU's linker drops them there (ld/emultempl/riscvelf.em), lld
        /// does not.
        fn appendSymbols(
            self: Self,
            allocator: std.mem.Allocator,
            out: *std.ArrayList(u8),
            strings: *std.ArrayList(u8),
            data: []const u8,
            old: Shdr,
        ) !u32 {
            const table = try self.bytes(old.sh_offset, old.sh_size);
            try strings.append(allocator, 0);
            var locals: u32 = 0;
            var offset: usize = 0;
            while (offset + @sizeOf(Sym) <= data.len) : (offset += @sizeOf(Sym)) {
                var symbol = self.swapped(Sym, std.mem.bytesToValue(Sym, data[offset..][0..@sizeOf(Sym)]));
                if (symbol.st_name >= table.len) return error.Damaged;
                const name = std.mem.sliceTo(table[symbol.st_name..], 0);
                const is_local = symbol.st_info >> 4 == elf.STB_LOCAL;
                if (is_local and std.mem.startsWith(u8, name, ".L")) continue;
                locals += @intFromBool(is_local);
                symbol.st_name = if (name.len == 0) 0 else @intCast(strings.items.len);
                if (name.len > 0) {
                    try strings.appendSlice(allocator, name);
                    try strings.append(allocator, 0);
                }
                try out.appendSlice(allocator, std.mem.asBytes(&self.swapped(Sym, symbol)));
            }
            return locals;
        }

        /// Symbols name their section by number; one that is gone leaves an absolute value.
        fn renumberSymbols(self: Self, out: []u8, table: Shdr, renumbered: []const u16) !void {
            const symbols = out[@intCast(table.sh_offset)..][0..@intCast(table.sh_size)];
            var offset: usize = 0;
            while (offset + @sizeOf(Sym) <= symbols.len) : (offset += @sizeOf(Sym)) {
                var symbol = self.swapped(Sym, std.mem.bytesToValue(Sym, symbols[offset..][0..@sizeOf(Sym)]));
                if (symbol.st_shndx == 0 or symbol.st_shndx >= renumbered.len) continue;
                const new = renumbered[symbol.st_shndx];
                symbol.st_shndx = if (new == 0) elf.SHN_ABS else new;
                @memcpy(symbols[offset..][0..@sizeOf(Sym)], std.mem.asBytes(&self.swapped(Sym, symbol)));
            }
        }

        fn loadedEnd(self: Self, header: elf.Header) !u64 {
            var end: u64 = @sizeOf(Ehdr);
            for (0..header.phnum) |number| {
                const segment = try self.at(Phdr, header.phoff, number);
                if (segment.p_type != elf.PT_LOAD) continue;
                end = @max(end, @as(u64, segment.p_offset) +| segment.p_filesz);
            }
            return @max(end, header.phoff +| @as(u64, header.phnum) * @sizeOf(Phdr));
        }

        fn at(self: Self, comptime Entry: type, table: u64, number: usize) error{Damaged}!Entry {
            const data = try self.bytes(table +| @as(u64, number) * @sizeOf(Entry), @sizeOf(Entry));
            return self.swapped(Entry, std.mem.bytesToValue(Entry, data));
        }

        fn swapped(self: Self, comptime Entry: type, entry: Entry) Entry {
            var result = entry;
            if (self.swap) std.mem.byteSwapAllFields(Entry, &result);
            return result;
        }

        fn bytes(self: Self, offset: u64, size: u64) error{Damaged}![]const u8 {
            if (offset > self.content.len or size > self.content.len - offset) return error.Damaged;
            return self.content[@intCast(offset)..][0..@intCast(size)];
        }
    };
}

fn pad(allocator: std.mem.Allocator, out: *std.ArrayList(u8)) !void {
    while (out.items.len % alignment != 0) try out.append(allocator, 0);
}
