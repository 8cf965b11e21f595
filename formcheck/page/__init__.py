"""What is read in a browser: one self-contained page per report, plan and batch; import from the modules."""
