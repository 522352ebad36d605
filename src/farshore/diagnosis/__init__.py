"""Evidence in, ranked and argued findings out. No live I/O ever: sockets, clocks and processes stay outside."""
