"""`python -m newswave` is the command `newswave`."""

import sys

from newswave.command import main

if __name__ == "__main__":
    sys.exit(main())
