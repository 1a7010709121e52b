"""`python -m vidchatbench`."""

import sys

from vidchatbench.cli import main

sys.exit(main())
