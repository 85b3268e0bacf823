"""Numbers from samples: medians and spreads, nothing clever."""
import statistics


def median(values):
    return statistics.median(values)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values):
    """Lowest and highest."""
    return min(values), max(values)
