"""How passwords are hashed: Argon2id at the cost OWASP gives as its minimum, an eighth of Django's default time."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PortalArgon2Hasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: 25 ms a sign-in on a small core, so that a flood of sign-ins can be outlived."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
