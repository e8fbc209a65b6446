"""Flows for Prefect: the same steps as the command, each as a task. Prefect lives in this folder and nowhere else."""
