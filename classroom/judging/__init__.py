"""What came back from behind the walls, compared with what is right."""
