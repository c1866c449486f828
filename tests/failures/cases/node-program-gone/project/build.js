require("child_process").spawn("frobnicate", ["a"]);
