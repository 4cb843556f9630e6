"""An independent judge of the form reader: makes forms of which the truth is known, and measures what is read of them.

It shares no code with the reader, and knows of the product only the nouns (`daemon.model.survival`).
"""
