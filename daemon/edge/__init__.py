"""Where the daemon touches the world: one third-party library, one owner; no decisions here."""
