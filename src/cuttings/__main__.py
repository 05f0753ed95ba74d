"""`python -m cuttings` and the script `cuttings`."""

from cuttings.cli.main import main

if __name__ == "__main__":
    main()
