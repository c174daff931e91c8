"""Drift: changes of users' drawings from day to day, and proposals to retrain."""
