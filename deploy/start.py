"""Starts the bot where a panel runs a file instead of ``python -m bot``."""  # noqa: INP001 - as it says

import os
import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    home = Path(__file__).resolve().parent.parent
    os.chdir(home)
    sys.path.insert(0, str(home))
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
