"""Personal data in free text: ``find_personal_data`` gives the spans, ``masked`` the text without them."""

from shared.pii.find import find_personal_data, masked

__all__ = ["find_personal_data", "masked"]
