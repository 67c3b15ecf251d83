"""Every change of an observation, with what stood there before: nothing that was written is lost."""
