"""What a process tells its operators: logs, metrics, health. Ids and counts, never what a resident wrote."""
