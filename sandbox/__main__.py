"""``python -m sandbox``: the demo of ``sandbox/imagine``, which can be stopped at any time."""

import signal
import sys


def main() -> int:
    """Run the demo; return its exit code."""
    # The imports take a second. Nothing needs to be cleaned up yet, so Ctrl+C ends the process at
    # once, as SIGTERM does, instead of raising KeyboardInterrupt somewhere in them.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from sandbox.imagine import demo  # noqa: PLC0415  (after the signal is set)

    return demo.main()


if __name__ == "__main__":
    sys.exit(main())
