"""Which framework version is used where: by dates, school and role. Of one framework one version holds at a time."""
