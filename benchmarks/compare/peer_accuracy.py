"""What int8 costs in accuracy: logistic regression on a runtime's int8 and f32 vectors."""

import peer_sets

MAX_LOSS = 0.5  # points: an int8 that loses more is no peer
MAX_TOKENS = 256
C = 0.03


def accuracy(vectors, labels, test_vectors, test_labels):
    """In %, on standardised vectors."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    model = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=1000))
    model.fit(vectors.astype("f8"), labels)
    return 100 * model.score(test_vectors.astype("f8"), test_labels)


def of_runner(runner, data, name):
    runner.max_tokens = MAX_TOKENS
    labels, texts = zip(*peer_sets.training_rows(data, name))
    test_labels, test_texts = zip(*peer_sets.rows(data, name, "test"))
    vectors = runner.encode(peer_sets.distinct(texts + test_texts))
    return accuracy(vectors[:len(texts)], labels, vectors[len(texts):], test_labels)


def of_int8_runners(runners, data, name):
    """{int8 runner: (its accuracy, its f32's)}, in %."""
    by_name = {runner.name: runner for runner in runners}
    found = {}
    for int8 in by_name:
        runtime = int8.removesuffix(" int8")
        if runtime != int8:
            found[int8] = tuple(of_runner(by_name[f"{runtime} {dtype}"], data, name)
                                for dtype in ("int8", "f32"))
    return found


def qualifies(accuracies):
    int8, f32 = accuracies
    return f32 - int8 <= MAX_LOSS
