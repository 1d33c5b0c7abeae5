"""The results of tools/gpu_check as one page of Markdown."""


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _speed_rows(results):
    ceiling = results.get("ceiling", {}).get("best")
    peers = results.get("peers", {})
    for model, lines in results.get("speed", {}).items():
        if not isinstance(lines, list):
            continue
        for line in lines:
            peer = peers.get(f"{model.partition(' ')[0]} {line['lengths']}", {})
            rate = line["texts_per_s"]
            yield (model, line["lengths"], f"{line['batch_tokens']} x {line['streams']}",
                   round(line["tokens_per_s"]), round(rate, 1), round(line["tflops"], 1),
                   f"{line['tflops'] / ceiling:.1%}" if ceiling else "",
                   f"{rate / peer['best']:.2f}" if "best" in peer else "",
                   f"{rate / peer['padded']:.1f}" if "padded" in peer else "")


def _failures(one):
    names = [line.removeprefix("FAILED ") for line in one.get("said", "").splitlines()
             if line.startswith("FAILED")]
    return ": " + "; ".join(names[:8]) if names else ""


def _checks(results):
    for math in ("f32", "bf16", "fp8"):
        one = results.get("ops", {}).get(math)
        if one:
            yield (f"operations, {math}", f"{one.get('cases')} cases, {one['failed']} failed; worst "
                   f"{one.get('worst_of_bar')} of its bar" + _failures(one))
    train = results.get("train", {})
    if "rows" in train:
        yield ("operations on rows", f"{train['rows']['cases']} cases, "
               f"{train['rows']['failed']} failed" + _failures(train["rows"]))
    for size in ("small", "full"):
        for one in train.get(size, ()):
            yield (f"training of {one['preset']}, {one['width']} wide, {one['steps']} steps",
                   f"losses {one['loss']:.1e}, held-out losses {one['held_out_loss']:.1e}, logits "
                   f"{one['logits']:.1e}, fused vectors {one['fused']:.1e} apart" +
                   ("" if one["same_again"] else "; NOT the same again"))
    for model, runs in results.get("parity", {}).items():
        if not isinstance(runs, dict):
            continue
        for run, one in runs.items():
            yield (f"{model}, {run}", f"largest difference {one['largest_difference']:.2e}, smallest "
                   f"cosine {one['smallest_cosine']:.5f}" +
                   (f"; behind single blocks {min(one['block_cosines'].values()):.4f}"
                    if "block_cosines" in one else "") + ("" if one["ok"] else " FAILED"))
    for tool, one in results.get("sanitizer", {}).items():
        if isinstance(one, dict):
            yield (f"compute-sanitizer {tool}", "clean" if one["exit"] == 0 else "FAILED")


def markdown(results):
    page = ["# GPU check\n"]
    page.append(_table(("what", "is"), list(results.get("machine", {}).items())))
    page.append(_table(("check", "result"), list(_checks(results))))
    ceiling = results.get("ceiling", {})
    if "best" in ceiling:
        page.append(f"Fastest bf16 product of the 7B's shapes: {ceiling['best']} TFLOP/s, in 20 runs; "
                    f"its layers' products one after the other for seconds, under the card's limit "
                    f"of power: {ceiling['sustained']} TFLOP/s.\n")
    page.append(_table(("model", "texts", "batch", "tokens/s", "texts/s", "TFLOP/s", "of the fastest "
                        "product", "x transformers, sorted", "x the paper's procedure"),
                       list(_speed_rows(results))))
    if "time" in results.get("train", {}):
        page.append(_table(("fusion", "features", "epochs", "seconds", "an epoch", "accuracy"),
                           [(one["preset"], one["width"], one["epochs"], one["seconds"],
                             one["epoch_seconds"], one["accuracy"])
                            for one in results["train"]["time"]]))
    for model, parts in results.get("parts", {}).items():
        if isinstance(parts, dict):
            took = {name: seconds for name, seconds in parts.items()
                    if name not in ("batch_tokens", "seconds", "tokens")}
            shares = ", ".join(f"{name} {seconds / sum(took.values()):.1%}"
                               for name, seconds in took.items())
            page.append(f"Time of {model}: {shares}.\n")
    for step, one in results.items():
        if isinstance(one, dict) and "error" in one:
            page.append(f"{step} FAILED: {one['error']}\n")
    return "\n".join(page)
