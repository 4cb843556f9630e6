"""What may leave? What a person did with a draft, and what exactly is sent then; pure."""
