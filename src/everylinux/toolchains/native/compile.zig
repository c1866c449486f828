//! From a command line for GCC and GNU ld to one for zig.

const std = @import("std");
const configuration = @import("configuration.zig");
const linker = @import("linker.zig");
const processor = @import("processor.zig");
const rules = @import("rules.zig");
const Shape = @import("shape.zig").Shape;
const strip = @import("strip.zig");
const words = @import("words.zig");

pub const Translated = struct {
    arguments: []const []const u8,
    /// Arguments that lld understands and zig does not let through.
    linker_only: []const []const u8,
    /// What is to be stripped from the output: for zig it would mean another libc.
    strip: ?strip.What,
    /// Why the command must not run.
    refused: ?[]const u8,
    /// `-Werror` was left out.
    warnings_stay: bool,
    /// What would count lines or calls was left out.
    uncounted: bool,
};

pub fn translate(
    allocator: std.mem.Allocator,
    settings: configuration.Settings,
    shape: Shape,
    arguments: []const []const u8,
) !Translated {
    var translator: Translator = .{ .allocator = allocator, .settings = settings, .shape = shape };
    try translator.begin();
    try translator.findFolders(arguments);
    var index: usize = 0;
    while (index < arguments.len) : (index += 1) {
        const value = if (index + 1 < arguments.len) arguments[index + 1] else null;
        if (value != null and words.takesNext(arguments[index])) {
            try translator.takeWithValue(arguments[index], value.?);
            index += 1;
        } else try translator.take(arguments[index]);
    }
    try translator.end();
    return .{
        .arguments = translator.out.items,
        .linker_only = translator.pieces.linker_only.items,
        .strip = translator.strip orelse translator.pieces.strip,
        .refused = translator.refused,
        .warnings_stay = translator.warnings_stay,
        .uncounted = translator.uncounted,
    };
}

const Translator = struct {
    allocator: std.mem.Allocator,
    settings: configuration.Settings,
    shape: Shape,
    out: std.ArrayList([]const u8) = .empty,
    pieces: linker.Pieces = .{},
    strip: ?strip.What = null,
    refused: ?[]const u8 = null,
    warnings_stay: bool = false,
    uncounted: bool = false,
    /// The project's own folders of libraries, wherever they stand on the command line.
    folders: std.ArrayList([]const u8) = .empty,

    fn put(self: *Translator, argument: []const u8) !void {
        try self.out.append(self.allocator, argument);
    }

    /// What comes first, so that the project's own flags win over it.
    fn begin(self: *Translator) !void {
        try self.put("-target");
        try self.put(self.settings.target);
        if (self.shape.step != .link) {
            for (rules.first) |argument| try self.put(argument);
            if (words.starts(self.settings.target, &.{"x86"})) for (rules.first_x86) |argument| try self.put(argument);
            if (self.isOptimised() and !words.startsWithAny(self.settings.target, &rules.frame_pointers_stay)) {
                for (rules.first_optimised) |argument| try self.put(argument);
            }
            if (self.shape.cxx) for (rules.first_cxx) |argument| try self.put(argument);
            if (self.settings.python and self.shape.cxx and self.isForSpeed() and !self.shape.says_inlining) {
                for (rules.first_python_cxx) |argument| try self.put(argument);
            }
            if (self.settings.first_header) |header| {
                try self.put("-include");
                try self.put(header);
                // What lies beside it stands before the libc's headers of the same names, and leads to them.
                try self.put("-I");
                try self.put(std.fs.path.dirname(header) orelse ".");
            }
            for (self.settings.libc_headers) |folder| {
                try self.put("-I");
                try self.put(folder);
            }
            for (self.settings.hidden_folders) |folder| {
                try self.put(try std.mem.concat(self.allocator, u8, &.{ "-ffile-prefix-map=", folder, "/=" }));
            }
            // zig turns -O3 into -O2 for the compiler, which takes its own word for it.
            if (words.listed(self.shape.optimisation orelse "", &rules.strongest)) {
                try self.put("-Xclang");
                try self.put("-O3");
            }
            // zig writes debug information unless told not to; told so where it links, it would strip the symbols too.
            if (!self.shape.debug and self.shape.step == .compile) try self.put("-g0");
            // Distributions' compilers make every object fit for -pie. And a dynamic program must not copy musl's data into
            // itself: zig's stand-in for libc.so has all of it at one address, so that one copy would be taken for all.
            if ((self.settings.static or self.settings.dynamic) and !self.shape.shared) try self.put("-fPIE");
        }
        if (self.shape.step == .compile) return;
        // zig builds a libc for every optimisation level: one is built, whatever the objects were compiled with.
        if (self.shape.step == .link) try self.put("-O2");
        // GNU ld takes a version script that names what is not there (GNU ld manual, --no-undefined-version); lld does not.
        if (self.shape.shared) try self.put("-Wl,--undefined-version");
        if (self.shape.shared or self.shape.relocatable) return;
        if (self.settings.static) try self.put("-static");
        if (self.settings.dynamic) {
            try self.put("-dynamic");
            try self.put("-Wl,-z,nocopyreloc");
        }
    }

    /// The sysroot comes last: the project's own folders are searched before it.
    fn end(self: *Translator) !void {
        if (self.shape.step != .link) for (self.settings.includes) |folder| {
            try self.put("-isystem");
            try self.put(folder);
        };
        // As GCC does, after the folders of the command line (GCC manual, Environment Variables); this machine's own value is
        // not in the environment of a build.
        if (self.shape.step != .compile) if (std.posix.getenv("LIBRARY_PATH")) |list| {
            var folders = std.mem.splitScalar(u8, list, ':');
            while (folders.next()) |folder| try self.takeFolder("-L", if (folder.len == 0) "." else folder);
        };
        if (self.shape.step != .compile) for (self.settings.libraries) |folder| {
            try self.put(try std.mem.concat(self.allocator, u8, &.{ "-L", folder }));
        };
        if (self.shape.step != .compile and self.shape.shared) for (self.settings.module_objects) |object| try self.put(object);
        if (self.shape.step != .compile and !self.shape.relocatable) if (self.settings.runtime) |archive| {
            if (std.fs.cwd().access(archive, .{})) |_| try self.put(archive) else |_| {}
        };
    }

    fn isOptimised(self: *Translator) bool {
        return !words.is(self.shape.optimisation orelse "0", &.{"0"});
    }

    fn isForSpeed(self: *Translator) bool {
        const level = self.shape.optimisation orelse return false;
        return words.is(level, &.{"2"}) or words.listed(level, &rules.strongest);
    }

    fn isOfOtherLanguage(self: *Translator, standard: []const u8) bool {
        const cxx = words.starts(standard, &.{ "c++", "gnu++" });
        return if (cxx) self.shape.c else self.shape.cxx;
    }

    fn take(self: *Translator, argument: []const u8) anyerror!void {
        const linking = self.shape.step != .compile;
        if (!words.isOption(argument)) return self.takeInput(argument);
        if (words.listed(argument, &rules.left_out) or words.startsWithAny(argument, &rules.left_out_prefixes)) return;
        if (words.listed(argument, &rules.counters)) {
            self.uncounted = !self.shape.trial;
            return;
        }
        if (words.startsWithAny(argument, &rules.with_popcnt)) try self.put("-mpopcnt");
        if (words.is(argument, &.{"-s"})) {
            self.strip = .all;
            return;
        }
        if (words.is(argument, &.{ "-Werror", "-pedantic-errors" }) and !self.shape.trial and self.settings.own_code) {
            self.warnings_stay = true;
            return if (words.is(argument, &.{"-pedantic-errors"})) self.put("-pedantic");
        }
        if (!linking and words.listed(argument, &rules.link_only)) return;
        if (words.starts(argument, &.{"--target="}) and isOfLinux(argument)) return;
        // GCC warns of a standard of the other language and goes on (GCC, gcc/opts-global.cc); clang stops.
        if (words.starts(argument, &.{"-std="}) and !self.shape.trial and self.isOfOtherLanguage(argument[5..])) return;
        if (linking and words.starts(argument, &.{"-fsanitize="})) try self.takeSanitizers(argument);
        if (words.starts(argument, &.{"-Wl,"})) return if (linking) self.takePieces(argument[4..]);
        if (words.starts(argument, &.{"-Wp,"})) return self.takePreprocessor(argument[4..]);
        if (words.starts(argument, &.{ "-I", "-L" })) return self.takeFolder(argument[0..2], argument[2..]);
        if (words.starts(argument, &.{"-l"})) return if (linking) self.takeLibrary(argument[2..]);
        if (words.is(argument, &.{ "-static", "--static" })) return; // decided by the target
        if (words.is(argument, &.{"-static-pie"})) return if (linking and self.settings.static) self.put("-pie");
        if (words.is(argument, &.{"-symbolic"})) return if (linking) self.takePieces("-Bsymbolic");
        // GCC's way to say how many jobs optimise at link time (GCC manual, -flto=n).
        if (words.starts(argument, &.{"-flto="}) and std.mem.indexOfNone(u8, argument[6..], "0123456789") == null) return self.put("-flto");
        // zig keeps the object and loses the file beside it: all of it stays inside.
        if (words.starts(argument, &.{"-gsplit-dwarf"})) return self.put("-g");
        if (words.is(argument, &.{"-Ofast"})) return for ([_][]const u8{ "-O3", "-ffast-math" }) |each| try self.put(each);
        if (words.is(argument, &.{ "-m32", "-m64" })) {
            if (self.settings.bits == (if (argument[2] == '3') @as(u8, 32) else 64)) return;
            self.refused = try std.fmt.allocPrint(
                self.allocator,
                "{s} is not for {s}: build for a target of that size instead (everylinux target list)",
                .{ argument, self.settings.target },
            );
        }
        if (self.shape.step == .link and words.startsWithAny(argument, &rules.compile_only_prefixes)) {
            if (!words.startsWithAny(argument, &rules.link_prefixes)) return;
        }
        if (words.starts(argument, &.{ "-march=", "-mcpu=", "-mtune=" })) {
            if (try processor.translate(self.allocator, self.settings.target, argument)) |translated| try self.put(translated);
            if (self.shape.assembly) {
                if (try processor.forAssembler(self.allocator, self.settings.target, argument)) |told| try self.put(told);
            }
            return;
        }
        try self.put(argument);
    }

    fn takeSanitizers(self: *Translator, argument: []const u8) !void {
        var names = std.mem.splitScalar(u8, argument["-fsanitize=".len..], ',');
        while (names.next()) |name| if (words.listed(name, &rules.sanitizers_without_runtime)) {
            self.refused = try std.fmt.allocPrint(
                self.allocator,
                "zig brings no runtime for -fsanitize={s}: build without it here",
                .{name},
            );
        };
    }

    fn takeWithValue(self: *Translator, argument: []const u8, value: []const u8) !void {
        const linking = self.shape.step != .compile;
        if (words.is(argument, &.{"-Xlinker"})) return if (linking) self.takePiece(value);
        if (words.is(argument, &.{"-l"})) return if (linking) self.takeLibrary(value);
        if (words.is(argument, &.{ "-I", "-L", "-isystem", "-idirafter", "-iquote" })) return self.takeFolder(argument, value);
        if (words.is(argument, &.{"--sysroot"})) return; // the wiring has its own
        if (words.is(argument, &.{"-target"}) and isOfLinux(value)) return;
        if (words.is(argument, &.{ "-u", "-z", "-e", "-h" })) {
            if (!linking) return;
            try self.takePiece(if (argument[1] == 'h') "-soname" else argument);
            return self.takePiece(value);
        }
        if (self.shape.step == .link and !words.is(argument, &.{ "-o", "-x", "-T", "-Xclang", "-mllvm" })) return;
        try self.put(argument);
        try self.put(value);
    }

    fn takeInput(self: *Translator, argument: []const u8) !void {
        for (rules.other_languages) |pair| if (std.mem.eql(u8, std.fs.path.extension(argument), pair[0])) {
            self.refused = try std.fmt.allocPrint(self.allocator, "{s} is {s}, for which zig has no compiler", .{ argument, pair[1] });
        };
        if (words.isLibrary(argument) and self.isForeign(argument, self.settings.foreign_libraries)) {
            self.refused = try std.fmt.allocPrint(
                self.allocator,
                "{s} is a library of this machine, not of {s}: give the target's own with --sysroot",
                .{ argument, self.settings.target },
            );
        }
        try self.put(argument);
    }

    fn takeFolder(self: *Translator, option: []const u8, folder: []const u8) !void {
        const library = words.is(option, &.{"-L"});
        if (library and self.shape.step == .compile) return;
        const foreign = if (library) self.settings.foreign_libraries else self.settings.foreign_includes;
        const own = if (self.isForeign(folder, foreign)) try self.ofSysroot(folder, library) orelse return else folder;
        try self.put(option);
        try self.put(own);
    }

    /// The sysroot's folder in the place of one of this machine's: `pg_config` and their like tell those, whoever asks.
    fn ofSysroot(self: *Translator, folder: []const u8, library: bool) !?[]const u8 {
        const resolved = try std.fs.path.resolve(self.allocator, &.{folder});
        for (if (library) self.settings.foreign_libraries else self.settings.foreign_includes) |foreign| {
            if (!words.below(resolved, &.{foreign}) or resolved.len == foreign.len) continue;
            for (if (library) self.settings.libraries else self.settings.includes) |own| {
                const path = try std.mem.concat(self.allocator, u8, &.{ own, resolved[foreign.len..] });
                std.fs.cwd().access(path, .{}) catch continue;
                return path;
            }
        }
        return null;
    }

    fn isForeign(self: *Translator, path: []const u8, foreign: []const []const u8) bool {
        const resolved = std.fs.path.resolve(self.allocator, &.{path}) catch return false;
        if (words.below(resolved, self.settings.includes) or words.below(resolved, self.settings.libraries)) return false;
        return words.below(resolved, foreign);
    }

    fn findFolders(self: *Translator, arguments: []const []const u8) !void {
        for (arguments, 0..) |argument, index| {
            if (!words.starts(argument, &.{"-L"})) continue;
            const folder = if (argument.len > 2) argument[2..] else if (index + 1 < arguments.len) arguments[index + 1] else continue;
            if (!self.isForeign(folder, self.settings.foreign_libraries)) try self.folders.append(self.allocator, folder);
        }
    }

    /// The path of a library that is asked for by its exact name (`-l:libx.a`, ld(1)), null when no folder has it.
    fn findExactly(self: *Translator, name: []const u8) !?[]const u8 {
        for ([_][]const []const u8{ self.folders.items, self.settings.libraries }) |folders| for (folders) |folder| {
            const path = try std.fs.path.join(self.allocator, &.{ folder, name });
            std.fs.cwd().access(path, .{}) catch continue;
            return path;
        };
        return null;
    }

    fn takeLibrary(self: *Translator, name: []const u8) !void {
        if (words.listed(name, &rules.left_out_libraries)) return;
        if (words.listed(name, &rules.unwinder_libraries)) return self.put("-lunwind");
        // zig looks an exact name up only as a path; those of libc it knows by their short names.
        if (std.mem.startsWith(u8, name, ":")) if (try self.findExactly(name[1..])) |path| return self.put(path);
        if (std.mem.startsWith(u8, name, ":lib") and std.mem.endsWith(u8, name, ".a")) {
            const short = name[4 .. name.len - 2];
            if (words.listed(short, &rules.libc_libraries)) return self.put(try std.mem.concat(self.allocator, u8, &.{ "-l", short }));
        }
        try self.put(try std.mem.concat(self.allocator, u8, &.{ "-l", name }));
    }

    /// `-Wp,-MD,FILE` writes dependencies to FILE; everything else is an ordinary argument (GCC manual).
    fn takePreprocessor(self: *Translator, list: []const u8) !void {
        var parts = std.mem.splitScalar(u8, list, ',');
        while (parts.next()) |part| {
            try self.take(part);
            if (words.is(part, &.{ "-MD", "-MMD" })) if (parts.next()) |file| {
                try self.put("-MF");
                try self.put(file);
            };
        }
    }

    fn takePieces(self: *Translator, list: []const u8) !void {
        var parts = std.mem.splitScalar(u8, list, ',');
        while (parts.next()) |part| try self.takePiece(part);
    }

    fn takePiece(self: *Translator, piece: []const u8) !void {
        for (try self.pieces.take(self.allocator, piece)) |argument| {
            if (words.starts(argument, &.{"-Wl,"})) try self.put(argument) else try self.take(argument);
        }
    }
};

/// Whether a target is a Linux: the wiring has chosen which; another kind (`bpf`, `wasm32`) is the project's to name.
fn isOfLinux(target: []const u8) bool {
    return std.mem.indexOf(u8, target, "linux") != null;
}
