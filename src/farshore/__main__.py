"""`python -m farshore`."""

from farshore.app.cli import main

if __name__ == "__main__":
    main()
