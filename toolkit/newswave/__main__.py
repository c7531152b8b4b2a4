"""`python -m newswave` is the command `newswave`."""

import sys

from newswave.cli import main

if __name__ == "__main__":
    sys.exit(main())
