"""What is read in a browser: one self-contained page for each report, plan and batch; import from the modules."""
