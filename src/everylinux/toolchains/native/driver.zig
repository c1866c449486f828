//! Runs zig for one command line: at once where that is enough, in two steps where zig would do something else.

const std = @import("std");
const absent = @import("absent.zig");
const configuration = @import("configuration.zig");
const processes = @import("processes.zig");
const own_libc = @import("own_libc.zig");
const relink = @import("relink.zig");
const response = @import("response.zig");
const rules = @import("rules.zig");
const strip = @import("strip.zig");
const shapes = @import("shape.zig");
const unwinder = @import("unwinder.zig");
const words = @import("words.zig");
const compile = @import("compile.zig");

const Language = []const u8;

pub fn run(
    allocator: std.mem.Allocator,
    settings: configuration.Settings,
    language: Language,
    given: []const []const u8,
) !u8 {
    const arguments = try withLanguages(allocator, language, given);
    const calls_c = std.mem.eql(u8, language, "cc");
    var shape = shapes.read(arguments);
    shape.c = shape.c and calls_c;
    const tried = if (calls_c and shape.trial and shape.step != .compile and !shape.shared and !shape.cxx) settings.absent_names else null;
    if (shape.step == .both and (wouldBuildAnotherLibc(shape, arguments) or (calls_c and shape.cxx))) {
        const status = try inTwoSteps(allocator, language, arguments);
        return answered(allocator, tried, status, shape.output);
    }
    if (shape.step == .compile) if (try severally(allocator, language, arguments)) |status| return status;
    if (shape.step == .compile) if (try onlyChecked(allocator, language, arguments)) |status| return status;
    const translated = try compile.translate(allocator, settings, shape, arguments);
    if (translated.refused) |message| {
        std.debug.print("everylinux: {s}\n", .{message});
        return 1;
    }
    if (shape.step != .compile and std.mem.eql(u8, language, "c++")) try note(allocator, settings, "linked-cxx");
    if (shape.step != .link and shape.debug) try note(allocator, settings, "compiled-debug");
    if (translated.warnings_stay) try note(allocator, settings, "warnings-stay");
    if (translated.uncounted) try note(allocator, settings, "uncounted");
    var command: std.ArrayList([]const u8) = .empty;
    // GCC's C command compiles C++ with C++'s headers; it only links without C++'s library.
    try command.appendSlice(allocator, &.{ settings.zig, if (calls_c and shape.cxx) "c++" else language });
    try command.appendSlice(allocator, translated.arguments);
    if (calls_c and !shape.cxx and shape.step != .compile and try unwinder.isWanted(allocator, arguments)) try command.append(allocator, "-lunwind");
    const stripped = if (shape.step == .compile) null else translated.strip;
    const holds_libc = settings.module_libc.len > 0 and shape.shared and shape.step != .compile;
    if (stripped == null and translated.linker_only.len == 0 and !holds_libc and tried == null) {
        return std.process.execv(allocator, try response.shorten(allocator, command.items, 2));
    }
    const status = if (holds_libc)
        try own_libc.run(allocator, settings, command.items, translated.linker_only, shape.output)
    else if (translated.linker_only.len > 0)
        try relink.run(allocator, command.items, translated.linker_only, shape.output)
    else
        try processes.wait(allocator, try response.shorten(allocator, command.items, 2));
    if (status == 0) if (stripped) |what| try strip.stripFile(allocator, what, shape.output, shape.output);
    return answered(allocator, tried, status, shape.output);
}

/// The status of a link, which a trial may get another answer than.
fn answered(allocator: std.mem.Allocator, tried: ?[]const u8, status: u8, output: []const u8) !u8 {
    return if (status == 0 and tried != null) absent.answer(allocator, tried.?, output) else status;
}

fn note(allocator: std.mem.Allocator, settings: configuration.Settings, what: []const u8) !void {
    const file = try std.fs.cwd().createFile(try std.fs.path.join(allocator, &.{ settings.notes, what }), .{});
    file.close();
}

/// zig derives the flags of its libc from those of a source that is compiled and linked in one command.
fn wouldBuildAnotherLibc(shape: shapes.Shape, arguments: []const []const u8) bool {
    if (!words.listed(shape.optimisation orelse "0", &rules.libc_levels)) return true;
    for (arguments) |argument| if (words.startsWithAny(argument, &rules.another_libc_prefixes)) return true;
    return false;
}

/// Compiles each source into a folder that is removed afterwards, then links the objects.
fn inTwoSteps(allocator: std.mem.Allocator, language: Language, arguments: []const []const u8) !u8 {
    const folder = try processes.temporaryFolder(allocator);
    defer std.fs.cwd().deleteTree(folder) catch {};
    const program = try std.fs.selfExePathAlloc(allocator);
    const self = try std.fs.path.join(allocator, &.{ std.fs.path.dirname(program).?, language });

    var link: std.ArrayList([]const u8) = .empty;
    var common: std.ArrayList([]const u8) = .empty;
    var sources: std.ArrayList([]const u8) = .empty;
    try link.append(allocator, self);
    try common.append(allocator, self);
    var index: usize = 0;
    while (index < arguments.len) : (index += 1) {
        const argument = arguments[index];
        if (words.takesNext(argument) and index + 1 < arguments.len) {
            index += 1;
            const target = if (words.is(argument, &.{"-o"})) &link else &common;
            try target.appendSlice(allocator, &.{ argument, arguments[index] });
            if (words.isOfBothSteps(argument)) try link.appendSlice(allocator, &.{ argument, arguments[index] });
        } else if (words.isOption(argument)) {
            try common.append(allocator, argument);
            if (!words.starts(argument, &.{"-x"})) try link.append(allocator, argument);
        } else if (words.isSource(argument) or argument.len == 1 or inLanguage(arguments[0..index])) {
            try sources.append(allocator, argument);
            const object = try std.fmt.allocPrint(allocator, "{s}/{d}.o", .{ folder, sources.items.len });
            try link.append(allocator, object);
        } else try link.append(allocator, argument);
    }
    for (sources.items, 1..) |source, number| {
        const object = try std.fmt.allocPrint(allocator, "{s}/{d}.o", .{ folder, number });
        var one = try common.clone(allocator);
        try one.appendSlice(allocator, &.{ "-c", source, "-o", object });
        const status = try processes.wait(allocator, one.items);
        if (status != 0) return status;
    }
    return processes.wait(allocator, link.items);
}

/// Compiles several sources one by one, as GCC does: zig would put them all into one object, named after the first.
/// Null where there is one source, or none.
fn severally(allocator: std.mem.Allocator, language: Language, arguments: []const []const u8) !?u8 {
    var sources: std.ArrayList([]const u8) = .empty;
    var common: std.ArrayList([]const u8) = .empty;
    var has_output = false;
    var index: usize = 0;
    while (index < arguments.len) : (index += 1) {
        const argument = arguments[index];
        if (words.starts(argument, &.{"-o"})) has_output = true;
        if (words.takesNext(argument) and index + 1 < arguments.len) {
            index += 1;
            try common.appendSlice(allocator, &.{ argument, arguments[index] });
        } else if (!words.isOption(argument) and (words.isSource(argument) or inLanguage(arguments[0..index]))) {
            try sources.append(allocator, argument);
        } else try common.append(allocator, argument);
    }
    if (sources.items.len < 2) return null;
    if (has_output) {
        std.debug.print("everylinux: -o names one file, and several sources are compiled without being linked\n", .{});
        return 1;
    }
    const program = try std.fs.selfExePathAlloc(allocator);
    const self = try std.fs.path.join(allocator, &.{ std.fs.path.dirname(program).?, language });
    try common.insert(allocator, 0, self);
    for (sources.items) |source| {
        var one = try common.clone(allocator);
        try one.append(allocator, source);
        const status = try processes.wait(allocator, one.items);
        if (status != 0) return status;
    }
    return 0;
}

/// Compiles into a folder that is removed afterwards where only the syntax is to be checked: zig would look for the object that
/// clang then does not write. Null where something else is asked for, too.
fn onlyChecked(allocator: std.mem.Allocator, language: Language, arguments: []const []const u8) !?u8 {
    var command: std.ArrayList([]const u8) = .empty;
    const program = try std.fs.selfExePathAlloc(allocator);
    try command.append(allocator, try std.fs.path.join(allocator, &.{ std.fs.path.dirname(program).?, language }));
    var checks = false;
    for (arguments, 0..) |argument, index| {
        if (index > 0 and words.is(arguments[index - 1], &.{"-o"})) continue;
        if (words.is(argument, &.{ "-E", "-M", "-MM", "-###" })) return null;
        if (words.is(argument, &.{"-fsyntax-only"})) checks = true;
        if (!words.is(argument, &.{ "-fsyntax-only", "-c", "-S", "-o" })) try command.append(allocator, argument);
    }
    if (!checks) return null;
    const folder = try processes.temporaryFolder(allocator);
    defer std.fs.cwd().deleteTree(folder) catch {};
    try command.appendSlice(allocator, &.{ "-c", "-o", try std.fs.path.join(allocator, &.{ folder, "checked.o" }) });
    return try processes.wait(allocator, command.items);
}

/// Says the language of what zig does not know by its name, or takes for another one by it: GCC takes standard input for that of
/// the command, a `.c` of its C++ command for C++, and `.sx` for assembly (GCC manual, Overall Options, Invoking G++).
fn withLanguages(allocator: std.mem.Allocator, language: Language, arguments: []const []const u8) ![]const []const u8 {
    var out: std.ArrayList([]const u8) = .empty;
    for (arguments, 0..) |argument, index| {
        const is_value = index > 0 and words.takesNext(arguments[index - 1]);
        if (is_value or inLanguage(arguments[0..index])) {
            try out.append(allocator, argument);
        } else if (words.is(argument, &.{"-"})) {
            try out.appendSlice(allocator, &.{ "-x", if (std.mem.eql(u8, language, "cc")) "c" else language, argument });
        } else if (!words.isOption(argument) and words.is(std.fs.path.extension(argument), &.{".sx"})) {
            try out.appendSlice(allocator, &.{ "-x", "assembler-with-cpp", argument, "-x", "none" });
        } else if (!words.isOption(argument) and words.is(std.fs.path.extension(argument), &.{".c"}) and configuration.isCxx(language)) {
            try out.appendSlice(allocator, &.{ "-x", "c++", argument, "-x", "none" });
        } else try out.append(allocator, argument);
    }
    return out.items;
}

/// Whether an `-x LANGUAGE` before an input makes it a source whatever its name.
fn inLanguage(before: []const []const u8) bool {
    var found = false;
    for (before, 0..) |argument, index| {
        if (!words.starts(argument, &.{"-x"})) continue;
        const language = if (argument.len > 2) argument[2..] else if (index + 1 < before.len) before[index + 1] else "";
        found = !words.is(language, &.{"none"});
    }
    return found;
}
