"""What errors promise: what they name, what ``sent`` says, and that no other exception escapes."""
