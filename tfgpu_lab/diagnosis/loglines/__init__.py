"""Which lines of a log are recognised: tables of marks, one file for each part that writes them."""
