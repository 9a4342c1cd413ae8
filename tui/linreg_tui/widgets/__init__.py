"""What several screens share: panels, keys, status lines, charts."""
