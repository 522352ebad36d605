"""Scripts for machines that have no Farshore: read them before you run them."""
