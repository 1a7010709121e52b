"""Plan, compute, cache: from a test set, an outputs folder and metrics to rows."""
