"""How much one archive, with all that is packed in it, may unpack to."""

from __future__ import annotations

from everylinux.archives.errors import LimitError

# Real packages unpack to 2 to 20 times their size; sparse debug files to 100.
HIGHEST_RATIO = 200
# What even the smallest archive may unpack to.
ALLOWANCE = 256 << 20
HIGHEST_TOTAL = 64 << 30
# Each member costs this beside its content, whatever it holds: names take time and inodes too.
MEMBER_COST = 2048


class Budget:
    """The bytes that are left for one named archive of ``packed`` bytes; what is packed inside it shares them.

    A member counts `MEMBER_COST` bytes beside its content. So memory, disk and time are bounded by the archive's own
    size, however often something in it is packed.
    """

    def __init__(self, packed: int) -> None:
        self._allowed = min(ALLOWANCE + HIGHEST_RATIO * packed, HIGHEST_TOTAL)
        self._left = self._allowed

    def spend(self, count: int) -> None:
        """Take bytes from it; raises `LimitError` when it is used up."""
        self._left -= count
        if self._left < 0:
            size = f"{self._allowed >> 20} MiB"
            raise LimitError(f"larger than {size} when unpacked, which its own size does not explain")

    def member(self) -> None:
        """Take the cost of one member."""
        self.spend(MEMBER_COST)
