"""Many clips at once: what is to be done (``jobs``), one of it (``work``), all of it (``run``), and its tables."""
