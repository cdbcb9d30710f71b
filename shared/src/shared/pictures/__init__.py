"""Pictures from strangers, decoded and encoded again. Needs Pillow and pillow-heif, which the services that take pictures bring along."""
