"""Development tools that measure how well formcheck measures. Nothing shipped depends on them."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does
