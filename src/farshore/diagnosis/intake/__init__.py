"""From paths and bytes to readings: opens files, folders and archives within bounds, recognises, and hands on."""
