"""What goes back to residents: which announcements become mail, what each says, how it looks."""
