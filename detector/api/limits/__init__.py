"""What one client may take: of requests, of threads, of time and of memory."""
