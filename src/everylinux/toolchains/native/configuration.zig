//! What the wrapper aims at: the lines `key=value` of `wrapper.conf` in the folder of the called command.

const std = @import("std");

const maximum_bytes = 1 << 20;

pub const Settings = struct {
    /// The path of zig.
    zig: []const u8 = "",
    /// zig's target, with glibc's floor.
    target: []const u8 = "",
    /// The triple that `-dumpmachine` prints.
    machine: []const u8 = "",
    /// What the linker calls the target (`-m`).
    emulation: []const u8 = "",
    /// Debian's multiarch name, which `-print-multiarch` prints.
    multiarch: []const u8 = "",
    bits: u8 = 64,
    /// The folder in which an empty file tells what was seen: `linked-cxx`, `compiled-debug`, `warnings-stay`, `uncounted`.
    notes: []const u8 = "",
    /// Programs are linked statically.
    static: bool = false,
    /// Programs of a libc that zig links statically by default are to be dynamic.
    dynamic: bool = false,
    /// What is built are modules for Python.
    python: bool = false,
    /// A header that every source of C and C++ includes first, and objects and archives that every shared object is linked with.
    first_header: ?[]const u8 = null,
    module_objects: []const []const u8 = &.{},
    /// An archive with what stands in place of parts of zig's own runtime, once it is there.
    runtime: ?[]const u8 = null,
    /// A file with the names of functions that are tried in vain, though the libc has them.
    absent_names: ?[]const u8 = null,
    /// The archives of a libc that is linked into every shared object, and the folder in which the maps of those are left.
    module_libc: []const []const u8 = &.{},
    maps: []const u8 = "",
    /// Folders whose names stay out of what is compiled; of two that match, the later one counts.
    hidden_folders: []const []const u8 = &.{},
    /// Folders with headers that stand before the libc's own of the same names.
    libc_headers: []const []const u8 = &.{},
    /// The project's own code is compiled, no longer tried what a compiler can do: its step says so by a variable.
    own_code: bool = false,
    /// Folders of the sysroot.
    includes: []const []const u8 = &.{},
    libraries: []const []const u8 = &.{},
    /// Folders of this machine: never searched for the target.
    foreign_includes: []const []const u8 = &.{},
    foreign_libraries: []const []const u8 = &.{},
};

pub fn read(allocator: std.mem.Allocator) !Settings {
    var buffer: [std.fs.max_path_bytes]u8 = undefined;
    const folder = try std.fs.selfExeDirPath(&buffer);
    const path = try std.fs.path.join(allocator, &.{ folder, "wrapper.conf" });
    const text = try std.fs.cwd().readFileAlloc(allocator, path, maximum_bytes);
    var settings: Settings = .{};
    var module_objects: std.ArrayList([]const u8) = .empty;
    var module_libc: std.ArrayList([]const u8) = .empty;
    var hidden_folders: std.ArrayList([]const u8) = .empty;
    var libc_headers: std.ArrayList([]const u8) = .empty;
    var includes: std.ArrayList([]const u8) = .empty;
    var libraries: std.ArrayList([]const u8) = .empty;
    var foreign_includes: std.ArrayList([]const u8) = .empty;
    var foreign_libraries: std.ArrayList([]const u8) = .empty;
    var lines = std.mem.tokenizeScalar(u8, text, '\n');
    while (lines.next()) |line| {
        const equals = std.mem.indexOfScalar(u8, line, '=') orelse return error.BadConfiguration;
        const key = line[0..equals];
        const value = line[equals + 1 ..];
        if (std.mem.eql(u8, key, "zig")) {
            settings.zig = value;
        } else if (std.mem.eql(u8, key, "target")) {
            settings.target = value;
        } else if (std.mem.eql(u8, key, "machine")) {
            settings.machine = value;
        } else if (std.mem.eql(u8, key, "multiarch")) {
            settings.multiarch = value;
        } else if (std.mem.eql(u8, key, "emulation")) {
            settings.emulation = value;
        } else if (std.mem.eql(u8, key, "notes")) {
            settings.notes = value;
        } else if (std.mem.eql(u8, key, "bits")) {
            settings.bits = try std.fmt.parseInt(u8, value, 10);
        } else if (std.mem.eql(u8, key, "link")) {
            settings.static = std.mem.eql(u8, value, "static");
            settings.dynamic = std.mem.eql(u8, value, "dynamic");
        } else if (std.mem.eql(u8, key, "python")) {
            settings.python = std.mem.eql(u8, value, "yes");
        } else if (std.mem.eql(u8, key, "first-header")) {
            settings.first_header = value;
        } else if (std.mem.eql(u8, key, "module-object")) {
            try module_objects.append(allocator, value);
        } else if (std.mem.eql(u8, key, "runtime")) {
            settings.runtime = value;
        } else if (std.mem.eql(u8, key, "absent-names")) {
            settings.absent_names = value;
        } else if (std.mem.eql(u8, key, "module-libc")) {
            try module_libc.append(allocator, value);
        } else if (std.mem.eql(u8, key, "hidden-folder")) {
            try hidden_folders.append(allocator, value);
        } else if (std.mem.eql(u8, key, "maps")) {
            settings.maps = value;
        } else if (std.mem.eql(u8, key, "libc-headers")) {
            try libc_headers.append(allocator, value);
        } else if (std.mem.eql(u8, key, "include")) {
            try includes.append(allocator, value);
        } else if (std.mem.eql(u8, key, "library")) {
            try libraries.append(allocator, value);
        } else if (std.mem.eql(u8, key, "foreign-include")) {
            try foreign_includes.append(allocator, value);
        } else if (std.mem.eql(u8, key, "foreign-library")) {
            try foreign_libraries.append(allocator, value);
        } else return error.BadConfiguration;
    }
    settings.own_code = std.posix.getenv("EVERYLINUX_OWN_CODE") != null;
    settings.module_objects = module_objects.items;
    settings.module_libc = module_libc.items;
    settings.hidden_folders = hidden_folders.items;
    settings.libc_headers = libc_headers.items;
    settings.includes = includes.items;
    settings.libraries = libraries.items;
    settings.foreign_includes = foreign_includes.items;
    settings.foreign_libraries = foreign_libraries.items;
    return settings;
}

/// The tool that a command's name stands for: `aarch64-linux-gnu-g++` is `g++`, `supervise` itself.
pub fn toolName(path: []const u8) []const u8 {
    const base = std.fs.path.basename(path);
    const known = [_][]const u8{ "supervise", "strip", "ranlib", "ar", "c++", "g++", "clang++", "cc", "gcc", "clang", "ld" };
    for (known) |name| {
        if (std.mem.eql(u8, base, name)) return name;
        if (base.len > name.len and std.mem.endsWith(u8, base, name) and base[base.len - name.len - 1] == '-') return name;
    }
    return base;
}

pub fn isCxx(name: []const u8) bool {
    return std.mem.endsWith(u8, name, "++");
}

pub fn isCompiler(name: []const u8) bool {
    return isCxx(name) or std.mem.endsWith(u8, name, "cc") or std.mem.endsWith(u8, name, "clang");
}
