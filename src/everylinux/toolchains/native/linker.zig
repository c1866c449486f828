//! The pieces of `-Wl,a,b` and `-Xlinker a`: what zig takes, what is harmless to leave out, what only lld takes.

const std = @import("std");
const response = @import("response.zig");
const rules = @import("rules.zig");
const strip = @import("strip.zig");
const words = @import("words.zig");

const State = struct { as_needed: bool = false, whole_archive: bool = false, static: bool = false };

pub const Pieces = struct {
    /// The option whose value is the next piece.
    pending: ?[]const u8 = null,
    state: State = .{},
    saved: std.ArrayList(State) = .empty,
    strip: ?strip.What = null,
    /// What zig refuses and lld understands.
    linker_only: std.ArrayList([]const u8) = .empty,

    /// Returns the compiler arguments that one piece comes to: `-Wl,…`, or ordinary ones such as `-lm`.
    pub fn take(self: *Pieces, allocator: std.mem.Allocator, piece: []const u8) ![]const []const u8 {
        if (self.pending) |option| {
            self.pending = null;
            return self.takeOption(allocator, option, piece);
        }
        if (piece.len == 0) return &.{};
        if (words.is(piece, &.{ "-z", "-L" })) {
            self.pending = piece;
            return &.{};
        }
        if (piece[0] != '-' or words.starts(piece, &.{ "-l", "-L" })) return asIs(allocator, piece);
        if (words.starts(piece, &.{ "-z", "-u", "-e", "-R", "-O" }) and piece.len > 2 and !isLong(piece)) {
            return self.takeOption(allocator, piece[0..2], piece[2..]);
        }
        if (std.mem.indexOfScalar(u8, piece, '=')) |equals| {
            return self.takeOption(allocator, piece[0..equals], piece[equals + 1 ..]);
        }
        if (words.listed(name(piece), &rules.with_value)) {
            self.pending = piece;
            return &.{};
        }
        return self.takeOption(allocator, piece, null);
    }

    fn takeOption(self: *Pieces, allocator: std.mem.Allocator, option: []const u8, value: ?[]const u8) ![]const []const u8 {
        const bare = name(option);
        if (std.mem.eql(u8, bare, "L")) return asIs(allocator, try std.mem.concat(allocator, u8, &.{ "-L", value.? }));
        if (std.mem.eql(u8, bare, "z")) return self.takeKeyword(allocator, value orelse return &.{});
        if (std.mem.eql(u8, bare, "push-state")) {
            try self.saved.append(allocator, self.state);
            return &.{};
        }
        if (std.mem.eql(u8, bare, "pop-state")) return self.restore(allocator);
        self.remember(bare);
        if (words.is(bare, &.{ "s", "strip-all" })) {
            self.strip = .all;
            return &.{};
        }
        if (words.is(bare, &.{ "S", "strip-debug" })) {
            self.strip = self.strip orelse .debug;
            return &.{};
        }
        if (words.listed(bare, &rules.linker_left_out)) return &.{};
        for (rules.renamed ++ rules.understood) |pair| {
            if (std.mem.eql(u8, bare, pair[0])) return joined(allocator, pair[1], value);
        }
        if (value) |text| {
            const separator = if (words.starts(option, &.{"--"}) or bare.len > 1) "=" else "";
            try self.linker_only.append(allocator, try std.mem.concat(allocator, u8, &.{ option, separator, text }));
        } else try self.linker_only.append(allocator, option);
        return &.{};
    }

    fn takeKeyword(self: *Pieces, allocator: std.mem.Allocator, keyword: []const u8) ![]const []const u8 {
        const bare = keyword[0 .. std.mem.indexOfScalar(u8, keyword, '=') orelse keyword.len];
        if (words.listed(bare, &rules.keywords_left_out)) return &.{};
        if (words.listed(bare, &rules.keywords_understood)) return joined(allocator, "-z", keyword);
        try self.linker_only.append(allocator, "-z");
        try self.linker_only.append(allocator, keyword);
        return &.{};
    }

    fn remember(self: *Pieces, option: []const u8) void {
        if (words.is(option, &.{ "as-needed", "no-as-needed" })) self.state.as_needed = option[0] == 'a';
        if (words.is(option, &.{ "whole-archive", "no-whole-archive" })) self.state.whole_archive = option[0] == 'w';
        if (words.is(option, &.{ "Bstatic", "static", "dn", "non_shared" })) self.state.static = true;
        if (words.is(option, &.{ "Bdynamic", "dy", "call_shared" })) self.state.static = false;
    }

    fn restore(self: *Pieces, allocator: std.mem.Allocator) ![]const []const u8 {
        const state = self.saved.pop() orelse return &.{};
        var out: std.ArrayList([]const u8) = .empty;
        if (state.as_needed != self.state.as_needed) try out.append(allocator, if (state.as_needed) "-Wl,--as-needed" else "-Wl,--no-as-needed");
        if (state.whole_archive != self.state.whole_archive) try out.append(allocator, if (state.whole_archive) "-Wl,--whole-archive" else "-Wl,--no-whole-archive");
        if (state.static != self.state.static) try out.append(allocator, if (state.static) "-Wl,-Bstatic" else "-Wl,-search_paths_first");
        self.state = state;
        return out.items;
    }
};

/// GNU ld takes long options with one dash or two.
fn name(option: []const u8) []const u8 {
    return std.mem.trimLeft(u8, option, "-");
}

/// Whether a word is an option as a whole: `-export-dynamic` is none that sets an entry (GNU ld manual, Options).
fn isLong(option: []const u8) bool {
    const whole = name(option);
    const bare = whole[0 .. std.mem.indexOfScalar(u8, whole, '=') orelse whole.len];
    for (rules.renamed ++ rules.understood) |pair| if (std.mem.eql(u8, bare, pair[0])) return true;
    return words.listed(bare, &rules.with_value) or words.listed(bare, &rules.linker_left_out) or
        words.is(bare, &.{ "entry", "undefined" });
}

fn asIs(allocator: std.mem.Allocator, piece: []const u8) ![]const []const u8 {
    if (piece[0] == '@') return response.expand(allocator, try allocator.dupe([]const u8, &.{piece}));
    return allocator.dupe([]const u8, &.{piece});
}

fn joined(allocator: std.mem.Allocator, option: []const u8, value: ?[]const u8) ![]const []const u8 {
    const separator = if (words.listed(name(option), &rules.with_optional_value)) "=" else ",";
    const text = if (value) |each|
        try std.mem.concat(allocator, u8, &.{ "-Wl,", option, separator, each })
    else
        try std.mem.concat(allocator, u8, &.{ "-Wl,", option });
    return allocator.dupe([]const u8, &.{text});
}
