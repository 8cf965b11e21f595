"""``python -m formcheck``: the same as the command."""

from .cli_start import main

if __name__ == "__main__":
    main()
