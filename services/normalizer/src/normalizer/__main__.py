"""``python -m normalizer``"""

import sys

from normalizer.app import main
from shared.lifecycle import run_process

if __name__ == "__main__":
    sys.exit(run_process("normalizer", main))
