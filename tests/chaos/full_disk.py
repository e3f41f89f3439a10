"""`tapewatch` with a disk that is full as long as a file exists: python full_disk.py FILE land …"""

import errno
import os
import sys
from pathlib import Path
from typing import Any

from assets.landing.kafka import lander
from orchestration.command_line.app import main

FLAG = Path(sys.argv.pop(1))
write_landing = lander.write_landing


def write_or_fail(path: Path, landed: Any) -> None:
    if FLAG.exists():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    write_landing(path, landed)


lander.write_landing = write_or_fail

if __name__ == "__main__":
    main()
