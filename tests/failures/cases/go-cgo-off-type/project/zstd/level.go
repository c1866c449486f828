package zstd
// static int level(void) { return 3; }
import "C"
func Level() int { return int(C.level()) }
