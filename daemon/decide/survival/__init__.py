"""IMSS Digital (C): what follows from mail at the reception and at a consular office, two profiles of one exchange."""
