"""What an observation said when it was locked, frozen: a later lock makes another, which supersedes it by number."""
