"""What leaves the house: dumps of one data version, with checksums, and the difference of two."""
