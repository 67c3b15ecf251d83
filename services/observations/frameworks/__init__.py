"""The words in which practice is described: frameworks, and their versions, which never change once published."""
