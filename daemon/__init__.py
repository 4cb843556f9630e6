"""acuse: the daemon for the institutional mailboxes of the IMSS, from inbox to counted reply."""
