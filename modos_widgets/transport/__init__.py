"""Copy objects: plan, progress, resume, verify, report."""
