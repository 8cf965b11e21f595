"""Many clips at once: what is to be done (``jobs``), one job (``work``), all of them (``run``), and their tables."""
