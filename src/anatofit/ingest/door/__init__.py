"""What stands between a folder that somebody gave and any library that reads a file of it."""
