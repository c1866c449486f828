//! Small questions about one argument.

const std = @import("std");

pub fn is(argument: []const u8, comptime names: []const []const u8) bool {
    inline for (names) |name| if (std.mem.eql(u8, argument, name)) return true;
    return false;
}

pub fn starts(argument: []const u8, comptime prefixes: []const []const u8) bool {
    inline for (prefixes) |prefix| if (std.mem.startsWith(u8, argument, prefix)) return true;
    return false;
}

/// Whether `name` stands in one of the lists of the generated rules.
pub fn listed(name: []const u8, list: []const []const u8) bool {
    for (list) |each| if (std.mem.eql(u8, name, each)) return true;
    return false;
}

pub fn startsWithAny(argument: []const u8, prefixes: []const []const u8) bool {
    for (prefixes) |prefix| if (std.mem.startsWith(u8, argument, prefix)) return true;
    return false;
}

pub fn holdsAny(argument: []const u8, parts: []const []const u8) bool {
    for (parts) |part| if (std.mem.indexOf(u8, argument, part) != null) return true;
    return false;
}

/// Whether an argument is an option: a lone dash is standard input.
pub fn isOption(argument: []const u8) bool {
    return argument.len > 1 and argument[0] == '-';
}

/// Whether `path` is one of the folders or lies below one.
pub fn below(path: []const u8, folders: []const []const u8) bool {
    for (folders) |folder| {
        if (!std.mem.startsWith(u8, path, folder)) continue;
        if (path.len == folder.len or path[folder.len] == '/') return true;
    }
    return false;
}

/// Whether an option with a value speaks to the linker too.
pub fn isOfBothSteps(argument: []const u8) bool {
    return is(argument, &.{ "-L", "-l", "-Xlinker", "-T", "-u", "-z", "-e", "-h", "-B" });
}

/// Whether a file name is one that a compiler reads (GCC manual, Overall Options).
pub fn isSource(path: []const u8) bool {
    return is(std.fs.path.extension(path), &.{ ".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".cp", ".CPP", ".i", ".ii", ".m", ".mm", ".s", ".S", ".sx" });
}

/// Whether GCC takes a file for C++ by its name, whichever of its commands is asked (GCC manual, Overall Options).
pub fn isCxxSource(path: []const u8) bool {
    return is(std.fs.path.extension(path), &.{ ".cc", ".cpp", ".cxx", ".c++", ".C", ".cp", ".CPP", ".ii" });
}

/// Whether a source is assembly, by its name.
pub fn isAssembly(path: []const u8) bool {
    return is(std.fs.path.extension(path), &.{ ".s", ".S", ".sx" });
}

pub fn isLibrary(path: []const u8) bool {
    return is(std.fs.path.extension(path), &.{ ".a", ".so", ".o" }) or std.mem.indexOf(u8, path, ".so.") != null;
}

/// Options whose value is the next argument and means a file, a folder or a text that is never an option.
pub fn takesNext(argument: []const u8) bool {
    return is(argument, &.{
        "-o",       "-x",         "-I",        "-L",        "-D",          "-U",           "-include", "-imacros", "-isystem",
        "-iquote",  "-idirafter", "-iprefix",  "-isysroot", "-MF",         "-MT",          "-MQ",      "-Xclang",  "-Xlinker",
        "-T",       "-u",         "-z",        "-l",        "-e",          "-arch",        "-target",  "--param",  "-Xassembler",
        "-h",       "-A",         "-aux-info", "-B",        "--sysroot",   "-framework",   "-mllvm",   "-iwithprefix",
        "-soname",  "-rpath",     "-wrapper",  "-dumpbase", "-dumpdir",    "-iwithprefixbefore",       "-Xpreprocessor",
    });
}
