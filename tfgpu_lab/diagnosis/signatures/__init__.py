"""What lines of a log mean together: tables of signatures, one file for each part that fails."""
