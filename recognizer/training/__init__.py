"""Training runs: requests, leases, schedule and dispatch. `ml.retraining.retrain` trains."""
