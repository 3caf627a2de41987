"""`python -m incident` is the same program as `incident`."""

from incident.cli import main

if __name__ == "__main__":
    main()
