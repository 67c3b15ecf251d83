"""What a school has agreed to do alike, and the look-for that shows whether it does."""
