"""The demo: the real daemon on embedded mail servers, with a sample mailbox, for someone who just cloned this."""
