"""What a judged file says of its pictures, as plain numbers, and what of it may be shown."""
