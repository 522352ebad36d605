"""Evidence in, ranked and argued findings out. No live I/O ever: sockets, clocks and processes stay outside.

`intake` opens what it is given and hands each document to the reader (`readers/`, one a format) that recognises it;
logs go line by line to `dialects/` (one a speaker). What they return are `facts/`, each with its `evidence`. `index`
answers questions over facts; `catalogue/` (one cause a file) and `misreadings/` (one a file) argue from it; `engine`
weighs in the open and makes a `verdict`. CONTRIBUTING says how to add a reader, a cause, a misreading.
"""
