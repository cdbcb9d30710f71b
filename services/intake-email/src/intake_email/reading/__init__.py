"""What can be read in a mail: pure, in linear time, without an exception for any bytes. ``intake_email.parse`` tells the story."""
