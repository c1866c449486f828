"""Give the calls of an x86-64 object a relocation of a type that no linker knows yet, as a newer assembler would."""

import sys
from pathlib import Path

NEWER = 0x3F
CALL = 4  # R_X86_64_PLT32

path = Path(sys.argv[1])
content = bytearray(path.read_bytes())
table = int.from_bytes(content[40:48], "little")
for number in range(int.from_bytes(content[60:62], "little")):
    header = content[table + 64 * number : table + 64 * (number + 1)]
    if int.from_bytes(header[4:8], "little") != 4:  # SHT_RELA
        continue
    begin, size = (int.from_bytes(header[at : at + 8], "little") for at in (24, 32))
    for entry in range(begin, begin + size, 24):
        if int.from_bytes(content[entry + 8 : entry + 12], "little") == CALL:
            content[entry + 8] = NEWER
path.write_bytes(content)
