"""The real decision code without the world: explain one mail, replay a month, score rules, run scenarios."""
