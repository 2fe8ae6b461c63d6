"""What makes a heavy job smaller, for a customer whose job had too little memory."""

IMPORTS = "Import fewer rows at a time, the rest with importMode INCREMENTAL."
LISTS = "Ask for fewer users or items in one input file."
TRAININGS = (
    "Train on fewer events (an eventType, an eventValueThreshold, or an import of the newest months alone) or on fewer "
    "columns (trainingDataConfig)."
)
ADVICE = {
    "datasetImportJob": IMPORTS,
    "datasetExportJob": "Export a dataset of fewer rows.",
    "batchInferenceJob": LISTS,
    "batchSegmentJob": LISTS,
    "solutionVersion": TRAININGS,
    "recommender": TRAININGS,
}
SEARCHES = " A search of hyperparameters takes less with a smaller maxParallelTrainingJobs."


def advice(task: str) -> str:
    """By the name of the task, 'kind.verb'."""
    kind = task.split(".")[0]
    found = ADVICE.get(kind, "Keep less in this dataset group.")
    return found + SEARCHES if kind == "solutionVersion" else found
