#!/usr/bin/env python3
"""Writes the reference numbers of the lexical layer's tests, made with scikit-learn 1.5.2.

    tools/make_lexical_goldens.py [--python INTERPRETER]
"""
import argparse
import json

import pinned_packages

OUTPUT = (pinned_packages.REPOSITORY / "src" / "llmembed" / "lexical" / "testdata" /
          "lexical_golden.json")
# What words are made of, and where they end. Python's rule for a final sigma looks past apostrophes
# and marks, ours does not: no such text is here.
WORD_TEXTS = [
    "", " ", "a", "I am a cat", "Don't stop_me now, 2nd time!", "snake_case __init__ x_ _",
    "na\u00efve caf\u00e9", "cafe\u0301 au lait", "\u0130stanbul \u0130K", "STRASSE stra\u00dfe",
    "\u039f\u0394\u039f\u03a3 \u03a3\u039f\u03a6\u0399\u0391 \u03a3\u03a3", "\u4f60\u597d\u4e16\u754c hello",
    "\u0663\u0664 \u00b2\u00bd \u2168\u2169", "a-b cd-ef", "tab\tnew\nline\u00a0nbsp", "\ud55c\uad6d\uc5b4",
    "\U00010400\U00010401", "\u0939\u093f\u0928\u094d\u0926\u0940", "\ufb01re \u01c5ala", "emoji \U0001f600\U0001f600 ok",
]
TEXTS = [
    ("the film is good", 0, 0), ("the film is bad", 1, 1), ("a good, good film", 0, 0),
    ("a bad film; the worst", 1, 1), ("good good good", 0, 2), ("the worst film is the worst", 1, 1),
    ("the plot is good and the film is good", 0, 2), ("bad plot", 1, 1),
    ("the end", 0, 2), ("good end", 0, 2), ("not good", 1, 0), ("is the film bad or good", 1, 0),
    ("", 0, 0), ("unseen", 1, 1),
]
QUERIES = ["the film", "a good film", "bad", "nothing of this", "", "the worst plot is the end"]


def logits(model, rows):
    import numpy as np
    values = model.decision_function(rows)
    if values.ndim == 1:  # two classes: ours are -z/2 and z/2
        return np.stack([-values / 2, values / 2], axis=1)
    return values


def case(name, column, ngrams, c):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    vectorizer = TfidfVectorizer(ngram_range=(1, ngrams), sublinear_tf=True, min_df=2)
    rows = vectorizer.fit_transform([text for text, *_ in TEXTS])
    labels = [entry[column] for entry in TEXTS]
    model = LogisticRegression(C=c, tol=1e-10, max_iter=100000).fit(rows, labels)
    terms = vectorizer.get_feature_names_out().tolist()
    return {"name": name, "max_ngram": ngrams, "c": c, "classes": len(set(labels)),
            "labels": labels, "idf": dict(zip(terms, vectorizer.idf_.tolist())),
            "rows": [dict(zip((terms[i] for i in row.indices), row.data.tolist()))
                     for row in rows],
            "coefficients": {term: model.coef_[:, i].tolist() for i, term in enumerate(terms)},
            "intercepts": model.intercept_.tolist(),
            "logits": logits(model, vectorizer.transform(QUERIES)).ravel().tolist()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", help="an interpreter that has the pinned scikit-learn")
    pinned_packages.require("scikit-learn", "numpy", python=parser.parse_args().python)
    from sklearn.feature_extraction.text import TfidfVectorizer
    analyze = TfidfVectorizer().build_analyzer()
    golden = {
        "made_with": f"scikit-learn {pinned_packages.VERSIONS['scikit-learn']}",
        "words": [{"text": text, "words": analyze(text)} for text in WORD_TEXTS],
        "texts": [text for text, *_ in TEXTS], "queries": QUERIES,
        "cases": [case("two classes", 1, 2, 10.0), case("two classes, words alone", 1, 1, 1.0),
                  case("three classes", 2, 2, 10.0), case("three classes, three words", 2, 3, 0.1)],
    }
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
