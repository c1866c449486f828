"""Write data/musl/names.json: the names that musl's loader treats apart.

usage: update_musl_names.py DYNLINK_C

DYNLINK_C is ldso/dynlink.c of musl 1.2.5 or newer (https://git.musl-libc.org/cgit/musl).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/musl/names.json"


def main() -> None:
    """Read the loader's source and write the data file."""
    source = Path(sys.argv[1]).read_text()
    listed = re.search(r"lfs64_list\[\] =(.*?);", source, re.DOTALL)
    reserved = re.search(r'reserved\[\] =\s*"([^"]*)"', source)
    if listed is None or reserved is None:
        sys.exit("this is not the loader of musl 1.2.4 or newer: the lists are not in it")
    names = "".join(re.findall(r'"([^"]*)"', listed[1])).split("\\0")
    content = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "sources": {
            "large_file": "musl ldso/dynlink.c, get_lfs64: NAME64 is resolved to NAME since 1.2.4",
            "itself": "musl ldso/dynlink.c, load_library: libNAME. is the loader itself",
        },
        "large_file": sorted(name for name in names if name),
        "itself": sorted(name for name in reserved[1].split(".") if name),
    }
    OUTPUT.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{OUTPUT}: {len(content['large_file'])} names")


if __name__ == "__main__":
    main()
