"""S3 options in both spellings, where they come from, and keys that renew themselves."""
