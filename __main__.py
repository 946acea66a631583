"""`python -m phieu` is the `phieu` command."""

from phieu.cli.main import main

if __name__ == "__main__":
    main()
