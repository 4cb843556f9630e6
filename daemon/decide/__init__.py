"""What follows? Reading + history + rules + now → Plan. Nothing here acts; `daemon.flow` commits what it returns."""
