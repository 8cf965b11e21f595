"""Development tools that measure how well formcheck measures. Nothing shipped depends on them."""
