"""Model versions: their files, the champion, evaluations, shadow models and worker status."""
