//! What a whole command line is about, read before any argument is translated.

const std = @import("std");
const rules = @import("rules.zig");
const words = @import("words.zig");

pub const Step = enum {
    /// No program or library comes out: `-c`, `-E`, `-S`, `--version`.
    compile,
    /// Objects go in, a program or a library comes out.
    link,
    /// Sources go in and a program or a library comes out.
    both,
};

pub const Shape = struct {
    step: Step = .link,
    shared: bool = false,
    relocatable: bool = false,
    /// There are sources, and all of them are C++.
    cxx: bool = false,
    /// There are sources, and all of them are C by their names.
    c: bool = false,
    /// There is a source in assembly.
    assembly: bool = false,
    /// The project asks for debug information.
    debug: bool = false,
    /// Something is tried, not built: standard input, or what build systems keep their trials in.
    trial: bool = false,
    output: []const u8 = "a.out",
    /// What follows the last `-O`, null without one.
    optimisation: ?[]const u8 = null,
    /// The project says itself how much is inlined: LLVM takes that once.
    says_inlining: bool = false,
};

pub fn read(arguments: []const []const u8) Shape {
    var found: Shape = .{};
    var sources = false;
    var others = false;
    var not_c = false;
    var inputs = false;
    var stops = false;
    var language: []const u8 = "none";
    var index: usize = 0;
    while (index < arguments.len) : (index += 1) {
        const argument = arguments[index];
        if (words.is(argument, &.{"-"}) or words.holdsAny(argument, &rules.trial_marks)) found.trial = true;
        if (words.takesNext(argument) and index + 1 < arguments.len) {
            index += 1;
            if (words.is(argument, &.{"-o"})) found.output = arguments[index];
            if (words.is(argument, &.{"-o"}) and words.holdsAny(arguments[index], &rules.trial_marks)) found.trial = true;
            if (words.is(argument, &.{"-l"})) inputs = true;
            if (words.is(argument, &.{"-mllvm"}) and words.starts(arguments[index], &.{"-inline-threshold"})) found.says_inlining = true;
            if (words.is(argument, &.{"-x"})) language = arguments[index];
        } else if (!words.isOption(argument)) {
            inputs = true;
            if (!words.is(language, &.{"none"})) {
                sources = true;
                not_c = true;
                if (words.is(language, &.{"c++"})) found.cxx = true else others = true;
            } else if (words.isSource(argument)) {
                sources = true;
                if (words.isAssembly(argument)) found.assembly = true;
                if (words.isCxxSource(argument)) found.cxx = true else others = true;
                if (words.is(std.fs.path.extension(argument), &.{".c"})) found.c = true else not_c = true;
            }
        } else if (words.is(argument, &.{ "-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "-###" })) {
            stops = true;
        } else if (words.is(argument, &.{ "-shared", "--shared" })) {
            found.shared = true;
        } else if (words.is(argument, &.{"-r"})) {
            found.relocatable = true;
        } else if (words.starts(argument, &.{"-O"})) {
            found.optimisation = argument[2..];
        } else if (words.starts(argument, &.{"-g"})) {
            found.debug = !words.is(argument, &.{"-g0"});
        } else if (words.starts(argument, &.{"-o"})) {
            found.output = argument[2..];
        } else if (words.starts(argument, &.{"-l"})) {
            inputs = true;
        } else if (words.starts(argument, &.{"-x"})) {
            language = argument[2..];
        }
    }
    found.cxx = found.cxx and !others;
    found.c = found.c and !not_c;
    if (stops or !inputs) {
        found.step = .compile;
    } else if (sources) {
        found.step = .both;
    }
    return found;
}
