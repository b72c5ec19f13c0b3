"""What people may do at the desk, whether by command or on a page: no room of its own."""
