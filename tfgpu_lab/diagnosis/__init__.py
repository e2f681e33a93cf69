"""Pure: facts in, findings and a verdict out."""
