"""One Django app per subject: models, selectors, locks, services, tasks, admin."""
