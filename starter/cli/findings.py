"""The results of `complex-multi-agent` and of its fallback as a report: what a person asks about a data set."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fiberwise.contracts.cleaning import Transform
from fiberwise.contracts.complex_multi_agent import Results
from fiberwise.contracts.data_digest import Digest, DigestedData
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.profile import Column, Extract
from fiberwise.contracts.synthesis import Synthesis
from starter.amounts import count, figure, share, size

SHOWN = 12
SAMPLE_COLUMNS, SAMPLE_WIDTH = 6, 20
SEVERITY = {"info": ("·", "note"), "warning": ("!", "poor"), "problem": ("✗", "bad")}
Section = Iterator[RenderableType]


def sections(results: Results | Digest, source: str, short: str) -> Section:
    """Each part that there is, in the order in which a person asks. `short` is the id to type for more."""
    yield _dataset(results.dataset, source)
    if results.extract:
        yield from _columns(results.extract, short)
    if isinstance(results, Digest):
        yield from _sample(results)
        return
    if results.transform:
        yield from _cleaning(results.transform, short)
    if results.synthesis:
        yield from _synthesis(results.synthesis, short)


def _dataset(dataset: Dataset | DigestedData, source: str) -> Text:
    """`source` is what the user called it: in the store its name is its hash."""
    dataset = dataset.model_copy(update={"source": dataset.source or source or None})
    form = " · ".join(filter(None, (dataset.format, dataset.compression, dataset.encoding)))
    text = Text.assemble(("Data set", "head"), f"  {dataset.about} · {size(dataset.bytes)} · {form}")
    if dataset.source and dataset.source not in dataset.about:
        text.append(f"\n  from {dataset.source}", "note")
    return text


def _columns(extract: Extract, short: str) -> Section:
    yield Text("\nColumns", "head")
    table = _table("name", "kind", ">values", ">gaps", ">distinct", "range, or most frequent")
    rough = {one.column for one in extract.approximate if one.figure == "distinct"}
    for column in extract.columns[:SHOWN]:
        table.add_row(
            Text(column.name, "name"), str(column.kind), figure(column.count),
            Text(figure(column.nulls), "poor" if column.nulls else ""),
            ("≈ " if column.name in rough else "") + figure(column.distinct), _cut(_range(column)),
        )  # fmt: skip
    yield table
    yield from _more(len(extract.columns), short)
    if extract.keys:
        yield Text(
            "  a row is identified by " + ", or ".join(" + ".join(key) for key in extract.keys[:3]), "note"
        )


def _range(column: Column) -> str:
    if column.top:
        return ", ".join(f"{top.value[:24]} ({top.count:,})" for top in column.top[:3])
    if column.true_count is not None:
        return f"{column.true_count:,} true, {column.count - column.true_count:,} false"
    if column.min_length is not None:
        return f"{column.min_length:,} … {column.max_length:,} characters"
    spread = f"{figure(column.min)} … {figure(column.max)}" if column.min is not None else ""
    return spread + (f", mean {figure(column.mean)}" if column.mean is not None else "")


def _sample(digest: Digest) -> Section:
    if not digest.sample:
        return
    yield Text("\nFirst rows", "head")
    names = list(digest.sample[0])[:SAMPLE_COLUMNS]
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for name in names:
        table.add_column(Text(name), no_wrap=True, overflow="ellipsis", max_width=SAMPLE_WIDTH)
    for row in digest.sample:
        table.add_row(*(Text(row.get(name) or "") for name in names))
    yield table


def _cleaning(transform: Transform, short: str) -> Section:
    yield Text("\nCleaning", "head")
    kept = f"  {count(transform.rows_in, 'row')} in, {count(transform.rows_out, 'row')} out"
    yield Text(kept + (f", {transform.set_aside.rows:,} set aside" if transform.set_aside.rows else ""))
    done = [rule for rule in transform.rules if rule.count]
    if not done:
        yield Text("  nothing had to be changed", "note")
        return
    table = _table("rule", "column", ">changed", "for example")
    for rule in done[:SHOWN]:
        examples = ", ".join(repr(example) for example in rule.examples[:3])
        table.add_row(
            str(rule.rule), rule.column or "", f"{rule.count:,} {rule.unit}", _cut(examples, "note")
        )
    yield table
    yield from _more(len(done), short)


def _synthesis(found: Synthesis, short: str) -> Section:
    quality = found.quality
    scores = {"score": quality.score, "completeness": quality.completeness, "uniqueness": quality.uniqueness}
    scores |= {"consistency": quality.consistency, "confidence": found.confidence}
    yield Text("\nQuality", "head")
    yield Text(
        "  " + " · ".join(f"{name} {share(value)}" for name, value in scores.items() if value is not None)
    )
    if found.missing:
        yield Text(f"  without {', '.join(found.missing)}, which could not be made", "poor")
    yield Text(f"  {found.summary}")
    yield from _listed("Findings", [_finding(one.severity, one.text) for one in found.findings], short)
    yield from _remembered(found, short)
    pairs = [Text(f"{one.a} ~ {one.b}: r = {one.pearson:+.2f} (n = {one.n:,})") for one in found.correlations]
    yield from _listed("Correlations", pairs, short)
    outliers = [
        Text(f"{one.column}: {count(one.count, 'value')} outside {figure(one.low)} … {figure(one.high)}")
        for one in found.outliers
        if one.count
    ]
    yield from _listed("Outliers", outliers, short)
    yield from _listed("To do", [Text(f"→ {step}") for step in found.next_steps], short)


def _remembered(found: Synthesis, short: str) -> Section:
    notes = [Text(f"{note.text}  — {note.by or 'unnamed'}, {note.at:%Y-%m-%d}") for note in found.notes or ()]
    yield from _listed("Notes", notes, short)
    if found.drift:
        drift = found.drift
        yield Text("\nSince the run before", "head")
        since = f"{drift.since:%Y-%m-%d %H:%M} UTC, execution {drift.execution_id[:8]}"
        rows = f"{drift.rows_before:,} rows then, {drift.rows_now:,} now"
        yield Text(f"  {drift.text}")
        yield Text(f"  {since} · {rows}", "note")


def _finding(severity: str, text: str) -> Text:
    mark, style = SEVERITY[severity]
    return Text.assemble((f"{mark} ", style), text)


def _listed(title: str, lines: Sequence[Text], short: str) -> Section:
    if not lines:
        return
    yield Text(f"\n{title}", "head")
    for line in lines[:SHOWN]:
        yield Text("  ").append_text(line)
    yield from _more(len(lines), short)


def _more(number: int, short: str) -> Section:
    if number > SHOWN:
        yield Text(f"  … {number - SHOWN} more: fiberwise show {short} --json", "note")


def _table(*names: str) -> Table:
    """The last column gives way where the terminal is narrow; cut its cells by `_cut`, or they wrap."""
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    for name in names:
        justify = "right" if name[0] == ">" else "left"
        table.add_column(name.lstrip(">"), justify=justify, no_wrap=name != names[-1], overflow="ellipsis")
    return table


def _cut(text: str, style: str = "") -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")
