"""X (formerly Twitter), API v2, as a ``SocialSource``: nothing outside this package knows it, nothing else imports tweepy."""
